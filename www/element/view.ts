/** The shadow tree: what it is made of, what its controls do, and how it shows a session. */
import { Announcer } from "../ui/announcer.ts";
import { icon, make, mark, reducedMotion, say } from "../ui/dom.ts";
import type { Frame, Which } from "../ui/frame.ts";
import { gridOf } from "../ui/grid.ts";
import { Stage } from "../ui/stage.ts";
import { Strip } from "../ui/strip.ts";
import { sentence } from "../ui/words.ts";
import type { Look } from "./attributes.ts";
import type { Session } from "./session.ts";
import css from "./shadow.css";
import { type Made, texts } from "./texts.ts";
import { Controls, PLAY_PAUSE } from "./transport.ts";

/** What the controls ask for. */
export interface Actions {
  generate(): void;
  play(): void;
  pause(): void;
  step(): void;
  stop(): void;
  seek(step: number): void;
  show(which: Which): void;
}

/** Height of the noise that stands where nothing has been made yet, in pixels. */
const GRAINS = 28;

let sheet: CSSStyleSheet | undefined;

/** The style that all elements of a page share. */
function sharedStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}

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
  #look: Look | undefined;
  readonly #stage = new Stage(this.#canvas, (count, stage, picture) => {
    const { columns = 1, scale } = this.#look ?? {};
    return gridOf(columns, count, stage, picture, scale && scale * devicePixelRatio);
  });
  readonly #strips = { loading: new Strip(this.#loadingStrip), line: new Strip(this.#line) };
  readonly #controls: Controls;
  #said = "";
  #drawn: { frame: Frame; made: Made } | undefined;

  /** Builds the tree in this root. */
  constructor(root: ShadowRoot, actions: Actions) {
    this.#actions = actions;
    this.#controls = new Controls(actions);
    root.adoptedStyleSheets = [sharedStyle()];
    this.#cover.firstElementChild?.append(icon(PLAY_PAUSE));
    this.#message.append(this.#retry);
    this.#screen.append(this.#canvas, this.#poster, this.#cover, this.#line, this.#loading, this.#message);
    root.append(this.#screen, this.#controls.element, this.#status);
    this.#cover.addEventListener("click", () => this.#press());
    this.#retry.addEventListener("click", () => actions.generate());
  }

  /** Follows sizes and colours. */
  start(): void {
    this.#stage.start();
    this.#controls.start();
    for (const strip of Object.values(this.#strips)) strip.start();
  }

  /** Follows them no more. */
  stop(): void {
    this.#stage.stop();
    this.#controls.stop();
    for (const strip of Object.values(this.#strips)) strip.stop();
  }

  /** Sets the size: it depends on attributes alone. */
  lay({ columns, rows, aspect, controls }: Look): void {
    this.#screen.style.aspectRatio = `${columns * aspect} / ${rows}`;
    // The full controls have a key of the same name; a second one would only be in the keyboard's way.
    const spare = controls === "full";
    this.#controls.element.hidden = !spare;
    this.#cover.tabIndex = spare ? -1 : 0;
    mark(this.#cover, "aria-hidden", String(spare));
    this.#screen.classList.toggle("bare", controls === "none");
    this.#screen.classList.toggle("revealing", controls === "minimal");
  }

  /** Shows how a session stands. `unsupported`: nothing can run here at all. */
  update(session: Session, look: Look, images: number, unsupported: boolean): void {
    const { player, made, error } = session;
    const step = player?.frame?.step;
    const moving = session.busy && !session.paused;
    const title = made ? texts.made(made) : "";
    const alternative = player && step ? texts.picture(title, step, player.total) : texts.empty;
    const pictured = this.#draw(session, look, images, alternative);
    this.#poster.hidden = pictured;
    this.#screen.classList.toggle("blank", !pictured);
    this.#screen.classList.toggle("ready", !pictured && !session.busy && !error);
    mark(this.#cover, "aria-label", this.#verb(session));
    this.#cover.classList.toggle("on", moving || (player?.playing ?? false));
    this.#cover.hidden = unsupported || (error !== undefined && !pictured);
    this.#fail(session, unsupported);
    this.#progress(session, look);
    this.#controls.update(session, look, title);
    this.#speak(session, title);
  }

  /** Draws what is shown; true where that is a picture of a run. */
  #draw({ player, made }: Session, look: Look, images: number, alternative: string): boolean {
    // Who asks for no motion sees the result, and the steps that they look at themselves.
    const still = player?.playing && reducedMotion();
    // Until the first step of a new run the picture of the last one stays.
    if (!player) this.#drawn = undefined;
    else if (!still && player.frame && made) this.#drawn = { frame: player.frame, made };
    const { columns, rows, aspect, show, smooth } = look;
    this.#look = look;
    this.#stage.setSmooth(smooth);
    if (this.#drawn) {
      const { frame, made } = this.#drawn;
      const pictures = { pixels: frame.pixels[show], count: made.images, shape: made.shape };
      this.#stage.show(pictures, alternative);
    } else {
      const width = Math.max(1, Math.round(GRAINS * Math.min(4, aspect)));
      this.#stage.idle(Math.min(images, columns * rows), [1, GRAINS, width], alternative);
    }
    return this.#drawn !== undefined;
  }

  #progress({ state, loading, player }: Session, { controls }: Look): void {
    this.#loading.hidden = state !== "loading" || controls === "none";
    this.#line.hidden = controls !== "minimal" || (state !== "running" && !player?.playing);
    if (loading) {
      say(this.#loadingText, loading.loaded > 0 ? texts.loading(loading.loaded) : texts.preparing);
      this.#strips.loading.reach(loading.fraction);
    }
    this.#strips.line.reach(player?.total ? player.history.newest / player.total : 0);
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
    const [at, total] = [player?.history.newest ?? 0, player?.total ?? 0];
    if (error && this.#said !== error.message) this.#announcer.announce(texts.failed(error.message));
    else if (state !== this.#said && state === "complete") this.#announcer.announce(texts.complete(title));
    else if (state !== this.#said && state === "stopped") this.#announcer.announce(texts.stopped(at, total));
    else if (loading) this.#announcer.mention(() => texts.loadingSaid(Math.round(100 * loading.fraction)));
    else if (state === "running" && at > 0) this.#announcer.mention(() => texts.running(at, total));
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
