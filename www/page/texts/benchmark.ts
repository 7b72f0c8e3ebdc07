/** Every sentence of the benchmark. */

import { count } from "../../ui/words.ts";

/** Everything, by name. */
export const timing = {
  ready: "Some ten seconds of computing; a run under way is stopped.",
  warming: (images: number) => `${count(images, "image")} at a time: warming up`,
  stepping: (images: number, steps: number) => `${count(images, "image")} at a time: ${count(steps, "step")} timed`,
  cancelled: "Cancelled.",
  done: "Done.",
} as const;
