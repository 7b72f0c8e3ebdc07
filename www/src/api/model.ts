import type { AnalyticTable, ModelInfo } from "../checkpoint.ts";
import { looking, UnnoiseError } from "../errors.ts";
import type {
  EncodeOptions,
  EstimateOptions,
  Findings,
  Likelihood,
  LikelihoodOptions,
  MeasureOptions,
} from "../findings.ts";
import type { Plan, PlanOptions } from "../plan.ts";
import type { CallOptions, DiffuseOptions, SampleOptions } from "../types.ts";
import { measure } from "./measure.ts";
import type { RemoteNetwork } from "./network.ts";
import { checkCall, checkObject, copied, splitDiffuse, splitSample } from "./options.ts";
import { sendable, sendableValue } from "./plain.ts";
import { Followed } from "./potential.ts";
import { hasEnded, whenAbandoned } from "./remote-run.ts";
import { type Run, seedOf, WorkerRun } from "./run.ts";

/** A loaded model; made by `Diffuser.load`. Its weights are freed by `dispose()`, else some time after nothing refers to it any more. */
export class Model {
  /** What is known of it. */
  readonly info: ModelInfo;
  readonly #network: RemoteNetwork;

  /** @internal */
  static of(network: RemoteNetwork): Model {
    return new Model(network);
  }

  /** @internal */
  static networkOf(model: Model): RemoteNetwork {
    return model.#network;
  }

  private constructor(network: RemoteNetwork) {
    this.info = network.info;
    this.#network = network;
    whenAbandoned(this, () => network.free());
  }

  /**
   * The network's raw output: what the scheduler config's `prediction_type` says, by default the noise eps. A network that learns a
   * variance has twice as many numbers: of every image first the prediction, then what the variance is.
   *
   * @param x Noisy images, batch * channels * height * width floats, one image after the other, channel by channel.
   * @param t The training timestep, from 0 to N - 1, not only an integer: one for all images, or one for each.
   * @param labels The class of each image, or one for all of them. Default: the model's "no class".
   * @returns As many floats as x has.
   * @throws UnnoiseError "invalid-x", "invalid-t", "invalid-labels". An aborted call rejects with its signal's reason.
   */
  async predict(
    x: Float32Array,
    t: number | number[],
    labels?: number[],
    call: CallOptions = {},
  ): Promise<Float32Array> {
    const given = [copied("x", x), sendableValue("t", t), sendableValue("labels", labels)] as const;
    const signal = looking("options", () => checkCall(call));
    const predicted = await this.#network.ask(signal, (worker, network) => worker.predict(network, ...given));
    this.#network.host.last = { network: this.#network, floats: given[0].length };
    return predicted;
  }

  /**
   * Noised images: x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps, a sample of q(x_t | x_0) by the model's own schedule
   * (Sohl-Dickstein et al. 2015, eq. 1 and 2; Ho et al. 2020, eq. 4; diffusers' `scheduler.add_noise`). The network does not run.
   *
   * @param x The images x_0, batch * channels * height * width floats. They need not lie in [-1, 1].
   * @param t The training timestep, from 0 to N - 1, as in `predict`: one for all images, or one for each. Between two timesteps the
   * log of the signal-to-noise ratio is interpolated.
   * @returns As many floats as x has.
   * @throws UnnoiseError "unknown-option", "invalid-x", "invalid-t", "invalid-noise", "invalid-seed", "invalid-rng". An aborted call
   * rejects with its signal's reason.
   */
  async diffuse(x: Float32Array, t: number | number[], o: DiffuseOptions = {}): Promise<Float32Array> {
    const given = [copied("x", x), sendableValue("t", t)] as const;
    const { signal, options } = looking("options", () => splitDiffuse(o));
    return this.#network.ask(signal, (worker, network) => worker.diffuse(network, ...given, options));
  }

  /**
   * Samples images. Nothing runs before the first step is asked for; options that are not allowed reject that step with
   * "unknown-option" or "invalid-…", with the option's name.
   */
  sample(o: SampleOptions = {}): Run {
    const { host } = this.#network;
    return new WorkerRun(host, seedOf(o), (seed, learn) => {
      const { signal, options, own } = looking("options", () => splitSample(o, seed));
      const followed = own && new Followed(host, own, learn);
      const table = this.#network.analytic;
      const during = <T>(work: () => Promise<T>) => this.#network.during(undefined, work);
      return {
        signal,
        options,
        shape: () => this.info.shape,
        start: async (client, options, again) => {
          if (again && this.#network.analytic !== table && needsTable(options)) throw measuredAnew();
          return during(async () => {
            const network = await this.#network.in(client);
            return client.call((worker) => worker.run(network, options));
          });
        },
        step: async (client, run) => {
          const stepped = () => followed?.step(client, run) ?? client.call((worker) => worker.step(run));
          const step = await during(stepped);
          host.last = { network: this.#network, floats: step.pixels.xt.length };
          return step;
        },
        skip: (client, run, to) =>
          during(() => followed?.skip(client, run, to) ?? client.call((worker) => worker.skip(run, to))),
      };
    });
  }

  /**
   * The exact step list and coefficients of a run, without running it.
   *
   * @throws UnnoiseError "unknown-option" or "invalid-…", with the option's name. An aborted call rejects with its signal's reason.
   */
  async plan(o: PlanOptions = {}, call: CallOptions = {}): Promise<Plan> {
    const options = looking("options", () => sendable(checkObject(o)));
    const signal = looking("options", () => checkCall(call));
    return this.#network.ask(signal, (worker, network) => worker.planOf(network, options));
  }

  /**
   * The noise x_T that leads to these images: DDIM's deterministic process run backwards, without clipping (Song et al. 2020,
   * section 4.3). `sample` with sampler "ddim", eta 0, clip "none" and the same steps, trajectory and labels gives the images
   * back from it, the closer the more steps.
   *
   * @param x Images in [-1, 1], batch * channels * height * width floats.
   * @returns As many floats, for `SampleOptions.noise`.
   * @throws UnnoiseError "unknown-option", "invalid-x", or "invalid-…" with the option's name. An aborted call rejects with
   * its signal's reason.
   */
  encode(x: Float32Array, o: EncodeOptions = {}): Promise<Float32Array> {
    return this.#measure("encode", x, o);
  }

  /**
   * How likely images are: the variational bound, term by term, in bits per dimension. The noise of each term comes from the
   * seed; many images make it precise.
   *
   * @param x Images in [-1, 1], batch * channels * height * width floats.
   * @throws UnnoiseError "unknown-option", "invalid-x", "invalid-mean-sq-eps" where a table is needed and there is none, or
   * "invalid-…" with the option's name. An aborted call rejects with its signal's reason.
   */
  likelihood(x: Float32Array, o: LikelihoodOptions = {}): Promise<Likelihood> {
    return this.#measure("likelihood", x, o);
  }

  /**
   * Measures the table of Analytic-DPM: how large the network's noise is at every training timestep, one call of the network
   * each. Ten to a hundred images are enough (Bao et al. 2022, table 5). The model uses the table from then on; an aborted
   * or failed measurement leaves it as it was.
   *
   * @param x Images in [-1, 1], batch * channels * height * width floats.
   * @returns The content of an analytic_dpm.json, to be put beside the model's other files.
   * @throws UnnoiseError "unknown-option", "invalid-x", or "invalid-…" with the option's name. An aborted call rejects with
   * its signal's reason.
   */
  async estimateAnalytic(x: Float32Array, o: EstimateOptions = {}): Promise<AnalyticTable> {
    const table = await this.#measure("estimateAnalytic", x, o);
    this.#network.analytic = structuredClone(table);
    return table;
  }

  /**
   * Frees its weights, after the step or the call that a worker is at; pending and later calls of it and of its runs reject with "disposed".
   * Other models, and its Diffuser, are as they were.
   */
  dispose(): void {
    this.#network.dispose();
    hasEnded(this);
  }

  async #measure<Kind extends keyof Findings>(kind: Kind, x: Float32Array, o: MeasureOptions): Promise<Findings[Kind]> {
    const { found, hasAnalytic } = await measure(this.#network, kind, x, o);
    this.info.hasAnalytic = hasAnalytic;
    return found;
  }
}

function needsTable({ sampler, trajectory }: Record<string, unknown>): boolean {
  return sampler === "analytic-ddpm" || sampler === "analytic-ddim" || trajectory === "optimal";
}

/** A run that began with one table cannot go on with another: its picture would be neither's. */
function measuredAnew(): UnnoiseError {
  const message =
    "the graphics device was lost, and the model's Analytic-DPM table was measured anew since the run began";
  return new UnnoiseError("model-changed", message, { hint: "Start the run again." });
}
