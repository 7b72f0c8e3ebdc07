/** Models that were trained on this page and are kept in the browser: a link names one by its hash. What reads them is fetched then. */

import type { ModelFiles, TrainedFiles } from "../../src/index.ts";
import { tell } from "./told.ts";

/** A model that is kept. */
export interface KeptModel {
  files: TrainedFiles;
  name: string;
  parameters: number;
  step: number;
  pictures: number;
}

/** What the names of kept models begin with, in the storage. */
export const MODEL = "model-";

/** Their hashes stand here too, so that nothing is fetched for a link to any other model. */
const STORE = "unnoise.models";

/** Notes which models are kept, by their names in the storage. */
export function noteKept(names: readonly string[]): void {
  try {
    localStorage.setItem(STORE, names.map((name) => name.slice(MODEL.length)).join(" "));
  } catch {
    // Then no link finds them; the view Train offers them all the same.
  }
}

/** The model whose hash begins so, where it is kept here. */
export async function keptModel(hash: string | undefined): Promise<ModelFiles | undefined> {
  const found = hash && hashes().find((kept) => kept.startsWith(hash));
  if (!found) return undefined;
  try {
    const { kept } = await import("../train/keep.ts");
    const model = await kept<KeptModel>(MODEL + found);
    if (model) tell(model.files, { name: model.name });
    return model?.files;
  } catch {
    return undefined;
  }
}

function hashes(): string[] {
  try {
    return (localStorage.getItem(STORE) ?? "").split(" ").filter((hash) => hash !== "");
  } catch {
    return [];
  }
}
