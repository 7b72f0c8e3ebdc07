/** The full controls: keys, scrubber, count, caption, and which picture of a step is shown. */
import type { Look, Show } from "./attributes.ts";
import { icon, make, mark, say } from "./dom.ts";
import type { Session } from "./session.ts";
import { Strip } from "./strip.ts";
import { texts } from "./texts.ts";
import type { Actions } from "./view.ts";

const ICONS = {
  play: { play: "M4 2.5v11l9.5-5.5z", pause: "M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z" },
  step: { step: "M11 3h2v10h-2zM3 3v10l7-5z" },
  again: {
    again: "M8 2a6 6 0 1 0 5.8 7.5h-2.1A4 4 0 1 1 8 4c1.1 0 2.1.5 2.8 1.2L8.5 7.5H14V2l-1.8 1.8A6 6 0 0 0 8 2z",
    stop: "M3.5 3.5h9v9h-9z",
  },
};

/** Groups of radio buttons need a name; elements of one tree share the name space of the document or of their root. */
const GROUP = "shown";

/** The controls under the picture. */
export class Transport {
  readonly element = make("div", { class: "controls", part: "controls" });
  readonly #play = key(ICONS.play);
  readonly #step = key(ICONS.step);
  readonly #again = key(ICONS.again);
  readonly #track = make("canvas", { class: "strip" });
  readonly #range = make("input", { type: "range", part: "scrubber", min: "1", "aria-label": texts.scrubber });
  readonly #count = make("span", { class: "count", part: "count" });
  readonly #caption = make("span", { class: "caption", part: "caption" });
  readonly #radios: Record<Show, HTMLInputElement> = { x0: radio("x0"), xt: radio("xt") };
  readonly #strip = new Strip(this.#track);

  /** Builds the controls and binds them. */
  constructor(actions: Actions) {
    const scrubber = make("div", { class: "scrubber" }, this.#track, this.#range);
    const shown = make(
      "fieldset",
      { class: "shown", part: "shown", "aria-label": texts.shown },
      choice(this.#radios.x0, texts.predicted, texts.predictedTitle),
      choice(this.#radios.xt, texts.noisy, texts.noisyTitle),
    );
    this.element.append(
      make("div", { class: "transport" }, this.#play, this.#step, scrubber, this.#count, this.#again),
      make("div", { class: "under" }, this.#caption, shown),
    );
    name(this.#step, texts.step);
    const toggle = () => (this.#play.classList.contains("on") ? actions.pause() : actions.play());
    this.#play.addEventListener("click", toggle);
    this.#step.addEventListener("click", () => usable(this.#step) && actions.step());
    this.#again.addEventListener("click", () =>
      this.#again.classList.contains("on") ? actions.stop() : actions.generate(),
    );
    this.#range.addEventListener("input", () => actions.seek(this.#range.valueAsNumber));
    for (const [which, input] of Object.entries(this.#radios)) {
      input.addEventListener("change", () => actions.show(which as Show));
    }
  }

  start(): void {
    this.#strip.start();
  }

  stop(): void {
    this.#strip.stop();
  }

  /** Writes how a session stands. */
  update(session: Session, { show }: Look, title: string): void {
    const { player, state, busy } = session;
    const [shown, newest] = [player?.shown, player?.newest];
    const at = shown ? shown.index + 1 : 0;
    const steps = shown?.steps ?? 0;
    const moving = busy ? !session.paused : (player?.playing ?? false);
    this.#play.classList.toggle("on", moving);
    name(this.#play, moving ? texts.pause : player || busy ? texts.play : texts.generate);
    mark(this.#step, "aria-disabled", String(state === "complete" && (player?.atEnd ?? false)));
    this.#again.classList.toggle("on", busy);
    name(this.#again, busy ? texts.stop : texts.again);
    this.#again.classList.toggle("off", !busy && !player);
    this.#range.disabled = !shown;
    this.#range.max = String(Math.max(2, steps));
    this.#range.value = String(at);
    mark(this.#range, "aria-valuetext", shown ? texts.stepSaid(at, steps) : texts.empty);
    this.#strip.reach(newest ? (newest.index + 1) / newest.steps : 0);
    say(this.#count, shown ? texts.stepOf(at, steps) : texts.noStep);
    say(this.#caption, title || texts.idle);
    this.#caption.title = title;
    this.#radios[show].checked = true;
  }
}

function key(paths: Record<string, string>): HTMLButtonElement {
  return make("button", { class: "key", part: "button", type: "button" }, icon(paths));
}

/** Names a key for all; it is not disabled where it does nothing, for it would drop the focus under the user's finger. */
function name(button: HTMLButtonElement, text: string): void {
  mark(button, "aria-label", text);
  mark(button, "title", text);
}

function usable(button: HTMLButtonElement): boolean {
  return button.getAttribute("aria-disabled") !== "true";
}

function radio(value: Show): HTMLInputElement {
  return make("input", { type: "radio", name: GROUP, value });
}

function choice(input: HTMLInputElement, text: string, title: string): HTMLLabelElement {
  return make("label", { title }, input, make("span", {}, text));
}
