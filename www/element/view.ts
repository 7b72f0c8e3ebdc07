/** The shadow tree: what it is made of, what its controls do, and how it shows a session. */

import type { Step } from "../src/index.ts";
import { Announcer } from "./announcer.ts";
import type { Look, Show } from "./attributes.ts";
import { icon, make, mark, say } from "./dom.ts";
import type { Session } from "./session.ts";
import { reducedMotion } from "./sight.ts";
import { Stage } from "./stage.ts";
import { Strip } from "./strip.ts";
import { sharedStyle } from "./style.ts";
import { sentence, texts } from "./texts.ts";
import { Transport } from "./transport.ts";

/** What the controls ask for. */
export interface Actions {
  generate(): void;
  play(): void;
  pause(): void;
  step(): void;
  stop(): void;
  seek(step: number): void;
  show(which: Show): void;
}

const PLAY = "M4 2.5v11l9.5-5.5z";
const PAUSE = "M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z";

/** The element's inside. */
export class View {
  readonly #actions: Actions;
  readonly #canvas = make("canvas", { class: "picture", part: "picture", role: "img" });
  readonly #poster = make("div", { class: "poster", part: "poster" }, make("slot", { name: "poster" }));
  readonly #cover = make("button", { class: "cover", part: "start", type: "button" }, make("span", {}));
  readonly #loadingText = make("p");
  readonly #loadingStrip = make("canvas", { class: "strip" });
  readonly #loading = make("div", { class: "loading", part: "progress" }, this.#loadingText, this.#loadingStrip);
  readonly #reason = make("p");
  readonly #hint = make("p");
  readonly #retry = make("button", { class: "text", part: "button", type: "button" }, texts.retry);
  readonly #fallback = make("slot");
  readonly #message = make("div", { class: "message", part: "message" }, this.#reason, this.#hint, this.#fallback);
  readonly #line = make("canvas", { class: "strip line", part: "progress" });
  readonly #screen = make("div", { class: "stage", part: "stage" });
  readonly #status = make("p", { class: "unseen", role: "status" });
  readonly #announcer = new Announcer(this.#status);
  readonly #stage = new Stage(this.#canvas);
  readonly #strips = { loading: new Strip(this.#loadingStrip), line: new Strip(this.#line) };
  readonly #transport: Transport;
  #said = "";
  #drawn: { step: Step; images: number } | undefined;

  /** Builds the tree in this root. */
  constructor(root: ShadowRoot, actions: Actions) {
    this.#actions = actions;
    this.#transport = new Transport(actions);
    root.adoptedStyleSheets = [sharedStyle()];
    this.#cover.firstElementChild?.append(icon({ play: PLAY, pause: PAUSE }));
    this.#message.append(this.#retry);
    this.#screen.append(this.#canvas, this.#poster, this.#cover, this.#line, this.#loading, this.#message);
    root.append(this.#screen, this.#transport.element, this.#status);
    this.#cover.addEventListener("click", () => this.#press());
    this.#retry.addEventListener("click", () => actions.generate());
  }

  /** Follows sizes and colours. */
  start(): void {
    this.#stage.start();
    this.#transport.start();
    for (const strip of Object.values(this.#strips)) strip.start();
  }

  /** Follows them no more. */
  stop(): void {
    this.#stage.stop();
    this.#transport.stop();
    for (const strip of Object.values(this.#strips)) strip.stop();
  }

  /** Sets the size: it depends on attributes alone. */
  lay({ columns, rows, aspect, controls }: Look): void {
    this.#screen.style.aspectRatio = `${columns * aspect} / ${rows}`;
    this.#transport.element.hidden = controls !== "full";
    // The full controls have a key of the same name; a second one would only be in the keyboard's way.
    const spare = controls === "full";
    this.#cover.tabIndex = spare ? -1 : 0;
    mark(this.#cover, "aria-hidden", String(spare));
    this.#screen.classList.toggle("bare", controls === "none");
    this.#screen.classList.toggle("revealing", controls === "minimal");
  }

  /** Shows how a session stands. `unsupported`: nothing can run here at all. */
  update(session: Session, look: Look, images: number, unsupported: boolean): void {
    const { player, made, error } = session;
    const step = player?.shown;
    const moving = session.busy && !session.paused;
    const pictured = this.#draw(session, look, images);
    const total = step?.steps ?? 0;
    const title = made ? texts.made(made) : "";
    mark(this.#canvas, "aria-label", step ? texts.picture(title, step.index + 1, total) : texts.empty);
    this.#poster.hidden = pictured;
    this.#screen.classList.toggle("blank", !pictured);
    this.#screen.classList.toggle("ready", !pictured && !session.busy && !error);
    mark(this.#cover, "aria-label", this.#verb(session));
    this.#cover.classList.toggle("on", moving || (player?.playing ?? false));
    this.#cover.hidden = unsupported || (error !== undefined && !pictured);
    this.#fail(session, unsupported);
    this.#progress(session, look);
    this.#transport.update(session, look, title);
    this.#speak(session, title);
  }

  /** Draws what is shown; true where that is a picture of a run. */
  #draw({ player, made }: Session, look: Look, images: number): boolean {
    // Who asks for no motion sees the result, and the steps that they look at themselves.
    const still = player?.playing && reducedMotion();
    // Until the first step of a new run the picture of the last one stays.
    if (!player) this.#drawn = undefined;
    else if (!still && player.shown) this.#drawn = { step: player.shown, images: made?.images ?? 1 };
    this.#stage.show(this.#drawn?.step, this.#drawn?.images ?? images, look);
    return this.#drawn !== undefined;
  }

  #progress({ state, loading, player }: Session, { controls }: Look): void {
    this.#loading.hidden = state !== "loading" || controls === "none";
    this.#line.hidden = controls !== "minimal" || (state !== "running" && !player?.playing);
    if (loading) {
      say(this.#loadingText, loading.loaded > 0 ? texts.loading(loading.loaded) : texts.preparing);
      this.#strips.loading.reach(loading.fraction);
    }
    const newest = player?.newest;
    this.#strips.line.reach(newest ? (newest.index + 1) / newest.steps : 0);
  }

  #fail({ error }: Session, unsupported: boolean): void {
    this.#message.hidden = error === undefined;
    this.#retry.hidden = unsupported;
    this.#fallback.hidden = !unsupported;
    say(this.#reason, error ? sentence(error.message) : "");
    say(this.#hint, error?.hint ?? "");
    this.#hint.hidden = error?.hint === undefined;
  }

  #speak({ state, loading, player, error }: Session, title: string): void {
    const newest = player?.newest;
    const [at, total] = [(newest?.index ?? -1) + 1, newest?.steps ?? 0];
    if (error && this.#said !== error.message) this.#announcer.announce(texts.failed(error.message));
    else if (state !== this.#said && state === "complete") this.#announcer.announce(texts.complete(title));
    else if (state !== this.#said && state === "stopped") this.#announcer.announce(texts.stopped(at, total));
    else if (loading) this.#announcer.mention(texts.loadingSaid(Math.round(100 * loading.fraction)));
    else if (state === "running" && newest) this.#announcer.mention(texts.running(at, total));
    this.#said = error?.message ?? state;
  }

  /** What a click on the picture does, in words. */
  #verb({ state, busy, paused }: Session): string {
    if (busy) return paused ? texts.play : texts.pause;
    return state === "idle" ? texts.generate : texts.again;
  }

  #press(): void {
    const verb = this.#cover.getAttribute("aria-label");
    if (verb === texts.pause) this.#actions.pause();
    else if (verb === texts.play) this.#actions.play();
    else this.#actions.generate();
  }
}
