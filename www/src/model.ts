import { whenAbandoned } from "./abandoned.ts";
import type { Client } from "./client.ts";
import { floats, sendable, sendableValue, splitSample } from "./options.ts";
import { type Run, seedOf, WorkerRun } from "./run.ts";
import type { ModelInfo, Plan, PlanOptions, SampleOptions } from "./types.ts";

/** A loaded model; made by `Diffuser.load`. Its weights are freed when nothing refers to it any more. */
export class Model {
  /** What is known of it. */
  readonly info: ModelInfo;
  readonly #client: Client;
  readonly #network: number;

  /** @internal */
  static of(client: Client, network: number, info: ModelInfo): Model {
    return new Model(client, network, info);
  }

  private constructor(client: Client, network: number, info: ModelInfo) {
    this.info = info;
    this.#client = client;
    this.#network = network;
    whenAbandoned(this, () => client.call((worker) => worker.unload(network)).catch(() => {}));
  }

  /**
   * The network's raw output: what the scheduler config's `prediction_type` says, by default the noise eps.
   *
   * @param x Noisy images, batch * channels * height * width floats, one image after the other, channel by channel.
   * @param t The training timestep, from 0 to N - 1: one for all images, or one for each.
   * @param labels The class of each image, or one for all of them. Default: the model's "no class".
   * @returns As many floats as x has.
   * @throws UnnoiseError "invalid-x", "invalid-t", "invalid-labels".
   */
  async predict(x: Float32Array, t: number | number[], labels?: number[]): Promise<Float32Array> {
    floats("x", x);
    const [when, classes] = [sendableValue(t), sendableValue(labels)];
    return this.#client.call((worker) => worker.predict(this.#network, x, when, classes));
  }

  /**
   * Samples images. Nothing runs before the first step is asked for; options that are not allowed reject that step with
   * "unknown-option" or "invalid-…", with the option's name.
   */
  sample(o: SampleOptions = {}): Run {
    return new WorkerRun(this.#client, seedOf(o), (seed) => {
      const { signal, options } = splitSample(o, seed);
      return {
        signal,
        shape: () => this.info.shape,
        start: () => this.#client.call((worker) => worker.run(this.#network, options)),
        step: (run) => this.#client.call((worker) => worker.step(run)),
      };
    });
  }

  /**
   * The exact step list and coefficients of a run, without running it.
   *
   * @throws UnnoiseError "unknown-option" or "invalid-…", with the option's name.
   */
  async plan(o: PlanOptions = {}): Promise<Plan> {
    const options = sendable(o);
    return this.#client.call((worker) => worker.planOf(this.#network, options));
  }
}
