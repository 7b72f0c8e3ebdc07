/** What saved files are called. */

import { plainName } from "../literals.ts";
import type { Settings } from "../settings.ts";

/** So many seeds stand in a name. */
const MOST_SEEDS = 4;

/** "unnoise-ddim-50-seed42.png", of one image of a batch "-seed42-image6": what made the picture, in letters that every file system takes. */
export function fileName(
  { sampler, steps, seed, seeds = [seed], first }: Pick<Settings, "sampler" | "steps" | "seed" | "seeds" | "first">,
  ending: string,
): string {
  const part = first ? `-image${first[0] + 1}` : "";
  const name = `unnoise-${sampler}-${steps}-seed${seeds.slice(0, MOST_SEEDS).join("-")}${part}`;
  return `${plainName(name, "unnoise")}.${ending}`;
}
