/** What the seed box holds beside one seed: a seed for each image; and the note that only some images of the seed's batch are made. */

import { partSaid } from "../../ui/words.ts";
import { find, write } from "../dom.ts";
import type { SeedSettings, Settings } from "../settings.ts";
import { t } from "../texts.ts";
import { seedIn } from "./numbers.ts";

/** The seeds in a text, between commas, where all of them are seeds and there are at least so many. */
export function seedList(text: string, least: number): number[] | undefined {
  const seeds = text.split(",").map(seedIn);
  return seeds.length >= least && seeds.every((seed) => seed !== undefined) ? seeds : undefined;
}

/** The seeds that the box holds, one for each image, where there are several. */
export function typedSeeds(): number[] | undefined {
  return seedList(find("seed", HTMLInputElement).value, 2);
}

/** Which images of the seed's batch the note says are made; none where it is not shown. */
export function readPart(): Settings["first"] {
  const note = find("part");
  const [image, of] = (note.getAttribute("data-first") ?? "").split(",").map(Number);
  return note.hidden || image === undefined || of === undefined ? undefined : [image, of];
}

/** Shows the note, or takes it back. */
export function writePart(first: Settings["first"], images: number): void {
  const note = find("part");
  note.hidden = first === undefined;
  if (!first) return;
  note.setAttribute("data-first", first.join());
  write("part-said", t("partMade", { part: partSaid(t, first, images) }));
}

/** Fills the box and the note. Settings without a seed leave both as they are. */
export function writeSeeds({ seed, seeds, first, images = 1 }: Partial<SeedSettings> & { images?: number }): void {
  if (seed === undefined && seeds === undefined) return;
  find("seed", HTMLInputElement).value = seeds ? seeds.join(", ") : String(seed);
  writePart(seeds ? undefined : first, images);
}
