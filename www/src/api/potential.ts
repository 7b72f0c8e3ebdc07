/** Potentials of the caller's own: functions on the caller's thread, each asked once per step. */
import type { PotentialAnswer, PotentialFunction } from "../editing.ts";
import { invalid, looking, messageOf, UnnoiseError } from "../errors.ts";
import type { Client } from "../host/client.ts";
import type { Host } from "../host/host.ts";
import { OWN_POTENTIAL } from "../protocol.ts";
import type { SampleOptions } from "../types.ts";
import type { StepData } from "../wasm.ts";
import type { Known } from "./remote-run.ts";

/** A run's options with a word in place of a function, and the function. */
export function splitPotential<O extends SampleOptions>(o: O): { options: O; own: PotentialFunction | undefined } {
  const { potential } = o;
  const r: unknown = typeof potential === "object" && potential !== null ? potential.r : potential;
  if (r === OWN_POTENTIAL) throw invalid("potential.r", r, '"mean-colour", "symmetry" or a function');
  if (typeof r !== "function") return { options: o, own: undefined };
  const given = typeof potential === "object" ? potential : {};
  return { options: { ...o, potential: { ...given, r: OWN_POTENTIAL } }, own: r as PotentialFunction };
}

/** The steps of a run with a potential of the caller's own. */
export class Followed {
  readonly #host: Host;
  readonly #own: PotentialFunction;
  readonly #learn: (known: Known) => void;
  /** Kept until the next one: where the worker is replaced meanwhile, the function is not asked twice. */
  #answered: (PotentialAnswer & { index: number }) | undefined;

  /** `learn` hears of the state that a step starts from. */
  constructor(host: Host, own: PotentialFunction, learn: (known: Known) => void) {
    this.#host = host;
    this.#own = own;
    this.#learn = learn;
  }

  /** Computes a step; `prediction` is that of a denoiser, where it is not the network's. */
  async step(client: Client, run: number, prediction?: Float32Array): Promise<StepData> {
    const { gradient, logR } = await this.#answer(client, run, prediction);
    const data = await client.call((worker) => worker.advance(run, undefined, gradient));
    return logR === undefined ? data : { ...data, logR };
  }

  /** Computes a step that nobody sees, unless only the last is left, and gives how many are done. */
  async skip(client: Client, run: number, to: number, prediction?: Float32Array): Promise<number> {
    const { index, gradient } = await this.#answer(client, run, prediction);
    return client.call((worker) => worker.skip(run, Math.min(to, index + 1), undefined, gradient));
  }

  async #answer(client: Client, run: number, prediction: Float32Array | undefined) {
    const { index, x0, xt, timestep, variance } = await client.call((worker) => worker.asked(run, prediction));
    if (this.#answered?.index === index) return this.#answered;
    this.#learn({ index, xt });
    const { gradient, logR } = await ask(this.#own, x0, timestep, variance);
    // A copy where it may be needed once more, for the function may write its next answer to the same place.
    const kept = this.#host.canLoseDevice ? gradient.slice() : gradient;
    this.#answered = { index, gradient: kept, ...(logR === undefined ? {} : { logR }) };
    return this.#answered;
  }
}

async function ask(own: PotentialFunction, x0: Float32Array, t: number, variance: number): Promise<PotentialAnswer> {
  let answer: unknown;
  try {
    answer = await own(x0, t, variance);
  } catch (cause) {
    throw new UnnoiseError("potential-failed", `the potential failed at timestep ${t}: ${messageOf(cause)}`, { cause });
  }
  return looking("potential", () => {
    const { gradient, logR } = (answer ?? {}) as { gradient?: unknown; logR?: unknown };
    if (!(gradient instanceof Float32Array)) {
      throw invalid("potential", answer, "a function that returns { gradient, logR? }, gradient a Float32Array");
    }
    if (logR !== undefined && typeof logR !== "number") throw invalid("potential.logR", logR, "a number");
    // One that was transferred away is empty and cannot be sent; another empty one tells the same story.
    const floats = gradient.length === 0 ? new Float32Array(0) : gradient;
    return logR === undefined ? { gradient: floats } : { gradient: floats, logR };
  });
}
