/** Where the noise of a run's images comes from, in the words of the page and of the element. */
import type { SampleOptions } from "../src/index.ts";

/** So many seeds are named, and the others counted. */
const MOST_SEEDS = 6;

/** What decides the noise, as in the options of a run. */
export interface Seeded {
  seed: number;
  seeds?: SampleOptions["seeds"] | undefined;
  first?: SampleOptions["first"] | undefined;
}

/** "seed 42", "seeds 1, 2, 3", "seed 42, image 6 of 16". */
export function seedsSaid({ seed, seeds, first }: Seeded, images: number): string {
  if (seeds && seeds.length > 1) {
    const more = seeds.length > MOST_SEEDS ? `, and ${seeds.length - MOST_SEEDS} more` : "";
    return `seeds ${seeds.slice(0, MOST_SEEDS).join(", ")}${more}`;
  }
  return first === undefined ? `seed ${seed}` : `seed ${seed}, ${partSaid(first, images)}`;
}

/** "image 6 of 16", "images 6 to 8": people count images from 1. */
export function partSaid(first: number | readonly [image: number, of: number], images: number): string {
  const [image, of] = typeof first === "number" ? [first] : first;
  const which = images > 1 ? `images ${image + 1} to ${image + images}` : `image ${image + 1}`;
  return of === undefined ? which : `${which} of ${of}`;
}
