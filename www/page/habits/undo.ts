/** Undo of settings: what the controls said before each change, and the way back. */

import type { App } from "../app.ts";
import { find } from "../dom.ts";
import { freshSeeds, writeControls } from "../panel/controls.ts";
import { t } from "../texts.ts";
import { settingOf } from "./later.ts";

/** How the controls stand. */
export type Setting = NonNullable<ReturnType<typeof settingOf>>;

/** A change that is followed by another one sooner than this is a part of it: a slider that is drawn, a number that is typed. */
const REST_MS = 400;

/** So many changes can be taken back. */
const MOST = 100;

/** Follows the panel. */
export class Undo {
  private readonly app: App;
  private readonly past: Setting[] = [];
  private readonly future: Setting[] = [];
  private now: Setting | undefined;
  private resting = 0;
  private readonly button = document.createElement("button");

  /** `first` is how the controls stood before the first change. */
  constructor(app: App, first: Setting | undefined) {
    this.app = app;
    this.now = first;
    Object.assign(this.button, {
      type: "button",
      id: "undo",
      className: "quiet",
      textContent: t("undo"),
      hidden: true,
    });
    // Train has settings of its own.
    this.button.setAttribute("data-views", "generate interpolate edit compare hood");
    this.button.addEventListener("click", () => this.undo());
    find("cost").before(this.button);
    for (const type of ["input", "change", "click"]) {
      find("panel").addEventListener(type, ({ target }) => {
        if (target !== this.button) this.wait();
      });
    }
    // What was changed while this was fetched.
    this.wait();
  }

  /** Takes the newest change back. False where there is none. */
  undo(): boolean {
    return this.travel(this.past, this.future);
  }

  /** Makes it again. */
  redo(): boolean {
    return this.travel(this.future, this.past);
  }

  private wait(): void {
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.note(), REST_MS);
  }

  /** Notes a change. Controls that make no sense are none. */
  private note(): void {
    const setting = settingOf(this.app);
    if (!setting) return;
    const before = this.now;
    this.now = setting;
    if (!before || wordsOf(before) === wordsOf(setting)) return;
    this.past.push(before);
    if (this.past.length > MOST) this.past.shift();
    this.future.length = 0;
    this.follow();
  }

  private travel(from: Setting[], to: Setting[]): boolean {
    clearTimeout(this.resting);
    this.note();
    const setting = from.pop();
    if (!setting) return false;
    if (this.now) to.push(this.now);
    this.now = setting;
    writeControls(setting.settings);
    // Corners that are given a class follow Generate's no more.
    if (JSON.stringify(setting.morph) !== JSON.stringify(settingOf(this.app)?.morph)) {
      this.app.benches.morph.set(setting.morph);
    }
    void this.app.consider();
    const hadFocus = document.activeElement === this.button;
    this.follow();
    if (hadFocus && this.button.hidden) find("generate").focus();
    return true;
  }

  private follow(): void {
    this.button.hidden = this.past.length === 0;
  }
}

/** What tells one setting from another: a seed that was rolled for a run does not. */
function wordsOf({ settings, morph }: Setting): string {
  const { seed, seeds, first, ...others } = settings;
  return JSON.stringify([others, freshSeeds() || [seed, seeds, first], { ...morph, at: undefined }]);
}
