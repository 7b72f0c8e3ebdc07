/** What one element works on: its claim on a model, its newest run, and how they stand. It knows nothing of markup. */

import { type Model, type SampleOptions, UnnoiseError } from "../src/index.ts";
import { withDefaults } from "../ui/options.ts";
import { type Listener, Player } from "../ui/player.ts";
import { obstacle } from "../ui/support.ts";
import { sentence } from "../ui/words.ts";
import type { Wanted } from "./attributes.ts";
import type { Outcome, SamplerDetails, State } from "./events.ts";
import { withLabels } from "./labels.ts";
import { refused } from "./refused.ts";
import { acquire, type Lease, type Loaded, type Loading } from "./shared.ts";
import { inEnglish, type Made } from "./texts.ts";

/** Who is told. */
export interface Host {
  changed(): void;
  emit<K extends keyof SamplerDetails>(type: K, detail: SamplerDetails[K]): void;
  /** A complete run has been shown to its end. */
  rested(): void;
}

/** One call of `generate`. */
class Turn {
  over = false;
  settle: (outcome: Outcome) => void = () => {};
  start: (player: Player | undefined) => void = () => {};
  readonly outcome = new Promise<Outcome>((resolve) => {
    this.settle = resolve;
  });
  readonly started = new Promise<Player | undefined>((resolve) => {
    this.start = resolve;
  });
}

/** The work of one element. */
export class Session {
  state: State = "idle";
  /** The run that is shown. */
  player: Player | undefined;
  /** How that run is made. */
  made: Made | undefined;
  /** How far loading is, while it lasts. */
  loading: Loading | undefined;
  /** What ended the last attempt. */
  error: UnnoiseError | undefined;
  #turn: Turn | undefined;
  #claim: { key: string; lease: Lease; loaded?: Loaded } | undefined;
  #paused = false;
  #held = true;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The model, once it is there, until the claim on it is given back. */
  get model(): Model | undefined {
    return this.#claim?.loaded?.model;
  }

  /** Whether there is something to stop. */
  get busy(): boolean {
    return this.state === "loading" || this.state === "running";
  }

  /** Whether nothing moves by itself. */
  get paused(): boolean {
    return this.state === "loading" ? this.#paused : !this.player?.playing;
  }

  /** Begins a run; one at hand is stopped. It never rejects: what goes wrong is told by the event. */
  generate(wanted: Wanted, paused = false): Promise<Outcome> {
    this.#end(false);
    const turn = new Turn();
    this.#turn = turn;
    this.#paused = paused;
    this.error = undefined;
    this.#run(turn, wanted).catch((error: unknown) => this.#fail(turn, error));
    return turn.outcome;
  }

  /** Goes on; false where there is nothing to go on with. */
  play(): boolean {
    this.#paused = false;
    if (this.state !== "loading") this.player?.play();
    return this.state === "loading" || this.player !== undefined;
  }

  pause(): void {
    this.#paused = true;
    this.player?.pause();
    this.#host.changed();
  }

  /** One step forward, of a run that begins where there is none. */
  async step(wanted: Wanted): Promise<void> {
    const more = this.busy || (this.player !== undefined && (!this.player.atEnd || this.state === "complete"));
    if (!more) void this.generate(wanted, true);
    this.#paused = true;
    const player = this.busy || !more ? await this.#turn?.started : this.player;
    await player?.forward();
  }

  /** Ends the run at hand, or the loading. */
  stop(): void {
    this.#end(this.state === "loading");
  }

  /** Ends everything and gives the model back; the last picture stays. */
  close(): void {
    this.#end(true);
    this.player?.stop();
  }

  /** Ends everything and forgets the picture. */
  reset(): void {
    this.close();
    this.player = undefined;
    this.made = undefined;
    this.error = undefined;
    this.#enter("idle");
  }

  /** Nothing moves by itself while held. */
  hold(held: boolean): void {
    this.#held = held;
    this.player?.hold(held);
  }

  /** Tells what is wrong without a run. */
  refuse(error: UnnoiseError): void {
    this.error = error;
    this.#host.emit("error", { error, code: error.code, message: error.message, hint: error.hint });
    this.#host.changed();
  }

  /** Takes such a refusal back. */
  accept(): void {
    this.error = undefined;
    this.#host.changed();
  }

  async #run(turn: Turn, wanted: Wanted): Promise<void> {
    const { model, diffuser } = await this.#load(turn, wanted);
    if (turn.over) return;
    const { options: labelled, said: classes } = withLabels(wanted, model.info);
    const options = { ...withDefaults(labelled, model.info.defaults), ...(await this.#pictures(wanted, model)) };
    if (turn.over) return;
    const run = model.sample(options);
    const { steps = 0 } = options;
    this.made = { options, seed: run.seed, steps, classes, images: wanted.images, shape: model.info.shape };
    const listener: Listener = {
      computed: (step) => {
        if (this.made) this.made.steps = step.steps;
        // Where images of this shape cannot be drawn, the library says so.
        step.rgba("x0");
        this.#host.emit("step", { step, backend: diffuser.backend });
      },
      changed: () => this.#host.changed(),
      rested: () => this.#host.rested(),
      ended: (outcome, error) => void this.#ended(turn, outcome, error),
    };
    const player = new Player(listener, { held: this.#held });
    player.open(run);
    this.player = player;
    this.#enter("running");
    turn.start(player);
    if (!this.#paused) player.play();
  }

  async #load(turn: Turn, { model, size, backend, problems }: Wanted): Promise<Loaded> {
    const [problem] = problems;
    if (problem) throw problem;
    const hindrance = obstacle();
    if (hindrance !== undefined) throw new UnnoiseError("unsupported", inEnglish(hindrance));
    if (model === undefined || !URL.canParse(model, document.baseURI))
      throw refused("model", model, "the address of a model's folder");

    const claim = this.#claimOf(`${backend} ${size} ${new URL(model, document.baseURI).href}`, () =>
      acquire(backend, model, size, (loading) => this.#progress(loading)),
    );
    if (claim.loaded) return claim.loaded;
    this.loading = { loaded: 0, fraction: 0 };
    this.#enter("loading");
    const loaded = await claim.lease.ready;
    if (turn.over || claim.loaded) return loaded;
    claim.loaded = loaded;
    this.#host.emit("load", { model: loaded.model.info, backend: loaded.diffuser.backend });
    return loaded;
  }

  /** The options for editing, once the pictures that stand in them as addresses are there. */
  async #pictures({ edit }: Wanted, { info }: Model): Promise<Pick<SampleOptions, "start" | "known">> {
    const { start, known } = edit;
    const there = [start?.x, known?.x, known?.mask ?? known?.x].every((floats) => typeof floats !== "string");
    if (there) return edit as Pick<SampleOptions, "start" | "known">;
    this.#enter("loading");
    return (await import("./pictures.ts")).fetchPictures(edit, info);
  }

  /** The claim that there is, if it is on the same model and its engine lives; else a new one in its place. */
  #claimOf(key: string, claim: () => Lease) {
    if (this.#claim && (this.#claim.key !== key || this.#claim.lease.dead)) this.#release();
    this.#claim ??= { key, lease: claim() };
    return this.#claim;
  }

  #progress(loading: Loading): void {
    if (this.state !== "loading") return;
    this.loading = loading;
    this.#host.emit("progress", loading);
    this.#host.changed();
  }

  async #ended(turn: Turn, outcome: Outcome, error: unknown): Promise<void> {
    if (outcome === "failed") return this.#fail(turn, error);
    const { made, player } = this;
    const step = player?.newest?.source;
    // The last step has its floats: this does not wait for the worker.
    const x = outcome === "complete" && (await step?.xt());
    this.#finish(turn, outcome);
    if (!x || !step || !made) return;
    const images = Array.from({ length: made.images }, (_, image) => step.rgba("xt", image));
    this.#host.emit("complete", { images, x, seed: made.seed, steps: step.steps });
  }

  #fail(turn: Turn, cause: unknown): void {
    this.#claim?.lease.report(cause);
    if (turn.over) return;
    if (!this.#claim?.loaded || this.#claim.lease.dead) this.#release();
    this.#finish(turn, "failed");
    const message = cause instanceof Error ? cause.message : String(cause);
    this.refuse(
      cause instanceof UnnoiseError ? cause : new UnnoiseError("element-failed", sentence(message), { cause }),
    );
  }

  /** Ends the turn at hand, if there is one. */
  #end(release: boolean): void {
    const turn = this.#turn;
    if (turn && !turn.over) {
      const { player } = this;
      // While a turn has not started, the player is that of the one before.
      if (player?.outcome === "open") player.stop();
      else this.#finish(turn, "stopped");
    } else this.player?.pause();
    if (release) this.#release();
  }

  #finish(turn: Turn, outcome: Outcome): void {
    if (turn.over) return;
    turn.over = true;
    turn.start(undefined);
    turn.settle(outcome);
    this.#enter(outcome === "stopped" && !this.player?.newest ? "idle" : outcome);
  }

  #release(): void {
    this.#claim?.lease.release();
    this.#claim = undefined;
  }

  #enter(state: State): void {
    this.state = state;
    if (state !== "loading") this.loading = undefined;
    this.#host.changed();
  }
}
