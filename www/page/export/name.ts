/** What saved files are called. */

import { plainName } from "../literals.ts";
import type { Settings } from "../settings.ts";

/** "unnoise-ddim-50-seed42.png": what made the picture, in letters that every file system takes. */
export function fileName(
  { sampler, steps, seed }: Pick<Settings, "sampler" | "steps" | "seed">,
  ending: string,
): string {
  return `${plainName(`unnoise-${sampler}-${steps}-seed${seed}`, "unnoise")}.${ending}`;
}
