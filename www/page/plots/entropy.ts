/** The entropy of the reverse steps, between its bounds (Sohl-Dickstein et al. 2015, eq. 24). */

import { t } from "../texts.ts";
import type { Drawing, Line } from "./plot.ts";

/** The lower and the upper bound of each step over the levels of the steps, as a band, with other lines in it. */
export function entropyDrawing(
  bounds: readonly (readonly [low: number, high: number])[],
  levels: readonly number[],
  across: Pick<Drawing, "xLabel" | "falling" | "resting">,
  between: readonly Line[] = [],
): Drawing {
  const line = (name: string, side: 0 | 1): Line => ({
    name,
    chosen: false,
    points: bounds.map((both, index) => [levels[index] ?? index, both[side]]),
  });
  const lines = [line(t("entropyLeast"), 0), line(t("entropyMost"), 1), ...between];
  return { ...across, lines, yLabel: t("entropyAxis"), log: false, band: true };
}
