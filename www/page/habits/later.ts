/** Keys, undo, large pictures and past runs: fetched when the visitor first touches the page, or there is a second run. */

import type { App } from "../app.ts";
import { find } from "../dom.ts";
import { readControls } from "../panel/controls.ts";
import { showError } from "../panel/problems.ts";
import { learn } from "../texts.ts";
import type { Habits } from "./habits.ts";

/** How the controls stand, of Generate and of Interpolate; undefined where they make no sense. */
export function settingOf({ benches }: App) {
  try {
    return { settings: readControls(), morph: benches.morph.settings };
  } catch {
    return undefined;
  }
}

/** Connects what fetches them. What they do with the first key or click is done as soon as they are there. */
export function connectHabits(app: App): void {
  let coming: Promise<Habits> | undefined;
  const fetched = () => {
    const first = settingOf(app);
    coming ??= make(app, first).catch((error) => {
      coming = undefined;
      throw error;
    });
    return coming;
  };
  const use = (does: (habits: Habits) => void) => void fetched().then(does, showError);
  const touched = { once: true, capture: true };
  document.addEventListener("pointerdown", () => use(() => {}), touched);
  document.addEventListener("keydown", (event) => use(({ keys }) => keys.press(event)), touched);
  find("canvas").addEventListener("click", (event) => use(({ large }) => large.at(event)));
  find("keys-open").addEventListener("click", () => use(({ keys }) => keys.show()));
  app.journey.onPast = () => {
    if (app.journey.past.runs.length > 1 || coming) use(({ runs }) => runs.update());
  };
}

async function make(app: App, first: ReturnType<typeof settingOf>): Promise<Habits> {
  const [{ Habits }] = await Promise.all([import("./habits.ts"), learn("habits")]);
  return new Habits(app, first);
}
