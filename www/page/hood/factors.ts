/** The table of a plan: every factor of every step, to the last digit, to be read and to be copied. */

import type { Plan } from "../../src/index.ts";
import { make } from "../../ui/dom.ts";
import { find } from "../dom.ts";
import { copyText } from "../share/copying.ts";
import { t } from "../texts.ts";

const COLUMNS = ["t", "s", "logSnr", "x0", "eps", "xt", "z"] as const;

/** Shows plans, and copies the one that is shown. */
export class Factors {
  private readonly rows = find("factors-rows");
  private readonly copy = find("factors-copy", HTMLButtonElement);
  private plan: Plan | undefined;

  /** Connects the button. */
  constructor() {
    this.copy.addEventListener("click", () => void this.take());
  }

  /** Writes a plan's rows, unless they stand there. */
  show(plan: Plan): void {
    if (plan === this.plan) return;
    this.plan = plan;
    const rows = plan.steps.map((step) =>
      make("tr", {}, ...COLUMNS.map((column) => make("td", {}, written(step[column])))),
    );
    this.rows.replaceChildren(...rows);
  }

  /** Copies the table with tabs between its columns; selects it where the browser does not let a page copy. */
  private async take(): Promise<void> {
    if (!this.plan) return;
    const lines = this.plan.steps.map((step) => COLUMNS.map((column) => exact(step[column])).join("\t"));
    const text = [COLUMNS.join("\t"), ...lines].join("\n");
    await copyText(this.copy, text, () => getSelection()?.selectAllChildren(find("factors-scroll")));
  }
}

/** The shortest digits that stand for exactly this number; a minus as wide as a digit, and a zero that is not negative. */
function written(value: number | null): string {
  return value === null ? t("theData") : exact(value).replaceAll("-", "−");
}

function exact(value: number | null): string {
  return value === null ? "" : String(value === 0 ? 0 : value);
}
