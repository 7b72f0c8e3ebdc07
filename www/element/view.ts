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
import { type Key, type Made, madeSaid, type SayElement } from "./texts.ts";
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
  readonly #canvas = make("canvas", { class: "over picture", part: "picture", role: "img" });
  readonly #poster = make("div", { class: "over poster", part: "poster" }, make("slot", { name: "poster" }));
  readonly #cover = make("button", { class: "over cover", part: "start", type: "button" }, make("span", {}));
  readonly #loadingText = make("p");
  readonly #loadingStrip = make("canvas", { class: "strip" });
  readonly #loading = make("div", { class: "loading", part: "progress" }, this.#loadingText, this.#loadingStrip);
  readonly #reason = make("p");
  readonly #hint = make("p");
  readonly #retry = make("button", { class: "plain", part: "button", type: "button" });
  readonly #fallback = make("slot");
  readonly #message = make("div", { class: "message", part: "message" }, this.#reason, this.#hint, this.#fallback);
  readonly #line = make("canvas", { class: "strip line", part: "progress" });
  readonly #screen = make("div", { class: "screen", part: "stage" });
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
  #t: SayElement = () => "";
  /** What a click on the picture does. */
  #verb: "generate" | "again" | "play" | "pause" = "generate";
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

  /** Speaks from now on by these texts. */
  speak(t: SayElement): void {
    this.#t = t;
    say(this.#retry, t("retry"));
    this.#controls.speak(t);
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

  /** Shows how a session stands; `obstacle` is why nothing can run here at all. */
  update(session: Session, look: Look, images: number, obstacle: Key | undefined): void {
    const t = this.#t;
    const { player, made, error } = session;
    const step = player?.frame?.step;
    const moving = session.busy && !session.paused;
    const title = made ? madeSaid(t, made) : "";
    const at = { step: t("stepOf", { step: step ?? 0, steps: player?.total ?? 0 }) };
    const alternative = step ? t("picture", { made: title.replaceAll(" · ", ", "), ...at }) : t("empty");
    const pictured = this.#draw(session, look, images, alternative);
    this.#poster.hidden = pictured;
    this.#screen.classList.toggle("blank", !pictured);
    this.#screen.classList.toggle("ready", !pictured && !session.busy && !error);
    this.#verb = verbOf(session);
    mark(this.#cover, "aria-label", t(this.#verb));
    this.#cover.classList.toggle("on", moving || (player?.playing ?? false));
    this.#cover.hidden = obstacle !== undefined || (error !== undefined && !pictured);
    const reason = this.#fail(session, obstacle);
    this.#progress(session, look);
    this.#controls.update(session, look, title);
    this.#announce(session, title, reason);
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
      say(
        this.#loadingText,
        this.#t(loading.loaded > 0 ? "loading" : "preparing", { megabytes: Math.round(loading.loaded / 1e5) / 10 }),
      );
      this.#strips.loading.reach(loading.fraction);
    }
    this.#strips.line.reach(player?.total ? player.history.newest / player.total : 0);
  }

  /** Says what went wrong, and gives it. */
  #fail({ error }: Session, obstacle: Key | undefined): string {
    this.#message.hidden = error === undefined;
    this.#retry.hidden = obstacle !== undefined;
    this.#fallback.hidden = obstacle === undefined;
    const known = obstacle && this.#t(obstacle);
    const reason = known ?? this.#t("error", { message: sentence(error?.message ?? "") });
    say(this.#reason, error ? reason : "");
    say(this.#hint, error?.hint ?? "");
    this.#hint.hidden = error?.hint === undefined;
    return reason;
  }

  #announce({ state, loading, player, error }: Session, made: string, reason: string): void {
    const t = this.#t;
    const at = player?.history.newest ?? 0;
    const step = t("stepOf", { step: at, steps: player?.total ?? 0 });
    if (error && this.#said !== error.message) this.#announcer.announce(t("failed", { reason }));
    else if (state !== this.#said && state === "complete") this.#announcer.announce(t("complete", { made }));
    else if (state !== this.#said && state === "stopped") this.#announcer.announce(t("stopped", { step }));
    else if (loading) this.#announcer.mention(() => t("loadingSaid", { n: Math.round(100 * loading.fraction) }));
    else if (state === "running" && at > 0) this.#announcer.mention(() => t("running", { step }));
    this.#said = error?.message ?? state;
  }

  #press(): void {
    if (this.#verb === "pause") this.#actions.pause();
    else if (this.#verb === "play") this.#actions.play();
    else this.#actions.generate();
  }
}

/** What a click on the picture does. */
function verbOf({ state, busy, paused }: Session) {
  if (busy) return paused ? "play" : "pause";
  return state === "idle" ? "generate" : "again";
}
