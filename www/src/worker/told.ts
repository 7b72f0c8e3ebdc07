/** What a run tells its network of its images beside the state: once in this worker, and once in each further one. */
import type { Remote } from "comlink";
import type { Bridge } from "../protocol.ts";
import type { Conditioning, Network } from "../wasm.ts";

/** What of a run's options the prediction for one of its images depends on. */
const CONDITIONING = ["batch", "seeds", "labels", "guidance", "blend"];

/** The conditioning of one run, wherever it has been told. */
export class Told {
  /** That in this worker. */
  readonly here: Conditioning;
  readonly #options: Record<string, unknown>;
  readonly #there = new Map<Remote<Bridge>, Promise<number>>();

  constructor(network: Network, options: Record<string, unknown>) {
    this.#options = Object.fromEntries(CONDITIONING.map((name) => [name, options[name]]));
    this.here = network.conditioning(this.#options);
  }

  /** Its number in a further worker, whose copy of the network has this number. */
  there(worker: Remote<Bridge>, copy: number): Promise<number> {
    const known = this.#there.get(worker);
    if (known) return known;
    const told = worker.conditioning(copy, this.#options);
    this.#there.set(worker, told);
    return told;
  }

  /** Frees it everywhere. */
  free(): void {
    this.here.free();
    for (const [worker, told] of this.#there) told.then((number) => worker.close(number)).catch(() => {});
  }
}
