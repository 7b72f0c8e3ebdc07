/** The full controls: keys, scrubber, count, caption, and which picture of a step is shown. */
import { icon, make, mark, name, say } from "../ui/dom.ts";
import type { Which } from "../ui/frame.ts";
import { Transport } from "../ui/transport.ts";
import type { Look } from "./attributes.ts";
import type { Session } from "./session.ts";
import type { SayElement } from "./texts.ts";
import type { Actions } from "./view.ts";

/** Shapes of the keys, by the name of the state in which they are seen. */
export const PLAY_PAUSE = { play: "M4 2.5v11l9.5-5.5z", pause: "M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z" };
const STEP = { step: "M11 3h2v10h-2zM3 3v10l7-5z" };
const AGAIN = {
  again: "M8 2a6 6 0 1 0 5.8 7.5h-2.1A4 4 0 1 1 8 4c1.1 0 2.1.5 2.8 1.2L8.5 7.5H14V2l-1.8 1.8A6 6 0 0 0 8 2z",
  stop: "M3.5 3.5h9v9h-9z",
};

/** Groups of radio buttons need a name; elements of one tree share the name space of the document or of their root. */
const GROUP = "shown";

/** The controls under the picture. */
export class Controls {
  readonly element = make("div", { class: "controls", part: "controls" });
  readonly #again = key(AGAIN);
  readonly #caption = make("span", { class: "cut caption", part: "caption" });
  readonly #radios: Record<Which, HTMLInputElement> = { x0: radio("x0"), xt: radio("xt") };
  readonly #transport: Transport;
  readonly #forward = key(STEP);
  readonly #scrub = make("input", { type: "range", part: "scrubber", min: "1" });
  readonly #shown = make(
    "fieldset",
    { class: "choice shown", part: "shown" },
    choice(this.#radios.x0),
    choice(this.#radios.xt),
  );
  #t: SayElement = () => "";

  /** Builds the controls and binds them. */
  constructor(actions: Actions) {
    const [play, forward, scrub] = [key(PLAY_PAUSE), this.#forward, this.#scrub];
    const track = make("canvas", { class: "strip" });
    const count = make("span", { class: "count", part: "count" });
    const scrubber = make("div", { class: "scrubber" }, track, scrub);
    this.element.append(
      make("div", { class: "transport" }, play, forward, scrubber, count, this.#again),
      make("div", { class: "under" }, this.#caption, this.#shown),
    );
    const toggle = () => (play.classList.contains("on") ? actions.pause() : actions.play());
    this.#transport = new Transport(
      { play, forward, scrub, track, count },
      { toggle, forward: () => actions.step(), seek: (step) => actions.seek(step) },
      (key, values) => this.#t(key, values),
    );
    this.#again.addEventListener("click", () =>
      this.#again.classList.contains("on") ? actions.stop() : actions.generate(),
    );
    for (const [which, input] of Object.entries(this.#radios)) {
      input.addEventListener("change", () => actions.show(which as Which));
    }
  }

  /** Speaks from now on by these texts. */
  speak(t: SayElement): void {
    this.#t = t;
    name(this.#forward, t("step"));
    mark(this.#scrub, "aria-label", t("scrubber"));
    mark(this.#shown, "aria-label", t("shown"));
    const said = { x0: ["predicted", "predictedTitle"], xt: ["noisy", "noisyTitle"] } as const;
    for (const [which, input] of Object.entries(this.#radios)) {
      const [text, title] = said[which as Which];
      if (input.nextElementSibling) say(input.nextElementSibling, t(text));
      if (input.parentElement) mark(input.parentElement, "title", t(title));
    }
  }

  start(): void {
    this.#transport.start();
  }

  stop(): void {
    this.#transport.stop();
  }

  /** Writes how a session stands. */
  update(session: Session, { show }: Look, title: string): void {
    const { player, state, busy } = session;
    const t = this.#t;
    const moving = busy ? !session.paused : (player?.playing ?? false);
    this.#transport.update(player, {
      moving,
      more: state !== "complete" || !player?.atEnd,
      verb: t(moving ? "pause" : player || busy ? "play" : "generate"),
      noStep: ["–", t("empty")],
    });
    this.#again.classList.toggle("on", busy);
    name(this.#again, t(busy ? "stop" : "again"));
    this.#again.classList.toggle("off", !busy && !player);
    say(this.#caption, title || t("idle"));
    this.#caption.title = title;
    this.#radios[show].checked = true;
  }
}

function key(paths: Record<string, string>): HTMLButtonElement {
  return make("button", { class: "key", part: "button", type: "button" }, icon(paths));
}

function radio(value: Which): HTMLInputElement {
  return make("input", { type: "radio", name: GROUP, value });
}

function choice(input: HTMLInputElement): HTMLLabelElement {
  return make("label", {}, input, make("span"));
}
