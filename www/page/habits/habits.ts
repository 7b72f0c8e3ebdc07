/** What regular visitors are used to: keys, undo, large pictures, past runs. Fetched when one of them is first wanted. */

import type { App } from "../app.ts";
import { Keys } from "./keys.ts";
import { Large } from "./large.ts";
import { Runs } from "./runs.ts";
import { type Setting, Undo } from "./undo.ts";

/** All of them. */
export class Habits {
  readonly keys: Keys;
  readonly large: Large;
  readonly runs: Runs;

  /** Connects them; `first` is how the controls stood before the visitor touched any. */
  constructor(app: App, first: Setting | undefined) {
    const undo = new Undo(app, first);
    this.large = new Large(app);
    this.runs = new Runs(app);
    this.keys = new Keys({ undo, large: this.large });
  }
}
