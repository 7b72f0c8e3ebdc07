/** What the page does with files from this computer. Fetched when the first of them comes. */

import type { ModelFiles } from "../../src/index.ts";
import type { App } from "../app.ts";
import { announce, find, write } from "../dom.ts";
import { modelFromFiles, sortFiles } from "../model/files.ts";
import { filesOf } from "../model/folder.ts";
import { tell } from "../model/told.ts";
import { quoted } from "../panel/numbers.ts";
import { clearProblems, reveal, showError } from "../panel/problems.ts";
import { settingsIn } from "../save/restore.ts";
import { learn, t } from "../texts.ts";

/** A model of files that were chosen as one. */
export async function modelOf(files: readonly File[]): Promise<ModelFiles> {
  await learn("files");
  return modelFromFiles(files);
}

/** Loads the model that they are, opens the pictures where they are wanted, or sets the controls to what a saved file says. */
export async function take(app: App, given: readonly (File | FileSystemDirectoryEntry)[]): Promise<void> {
  if (given.length === 0) return;
  clearProblems(["run", "model"]);
  try {
    await learn("files");
    const [first] = given;
    const single = { files: given.filter((file) => file instanceof File), choice: undefined };
    const { files, choice } = first && !(first instanceof File) ? await filesOf(first) : single;
    const found = await sortFiles(files, first instanceof File ? undefined : first?.name);
    const measures = document.body.getAttribute("data-view") === "hood";
    if ("model" in found) {
      tell(found.model, { part: choice });
      if (!(await app.load(found.model))) reveal("model");
    } else if ("pictures" in found) await open(app, found.pictures, measures);
    else if (!(await restore(app, found.settings, found.kind))) await open(app, [found.settings], measures);
  } catch (error) {
    showError(error);
  }
}

/** Pictures are measured under the hood; elsewhere one is edited. */
async function open(app: App, pictures: readonly File[], measures: boolean): Promise<void> {
  const [only, ...more] = pictures;
  if (measures) measure(pictures);
  else if (document.body.getAttribute("data-view") === "train") await (await app.benches.train.enter())?.take(pictures);
  else if (only && more.length === 0) await app.edit(only);
  else throw new Error(t("filePictures"));
}

/** Chooses pictures for the table of Analytic-DPM, as its own button does. */
function measure(pictures: readonly File[]): void {
  const input = find("estimate-files", HTMLInputElement);
  const chosen = new DataTransfer();
  for (const picture of pictures) chosen.items.add(picture);
  input.files = chosen.files;
  input.dispatchEvent(new Event("change"));
  find("estimate").scrollIntoView({ block: "nearest" });
}

/** Sets what a saved file says. False for a PNG that says nothing: it is a picture. */
async function restore(app: App, file: File, kind: "png" | "json"): Promise<boolean> {
  const settings = await settingsIn(file, kind);
  if (!settings) return false;
  if (!(await app.journey.restore(settings))) return true;
  const sentence = t("fileRestored", { file: quoted(file.name) });
  write("cost", sentence);
  announce(sentence);
  find("generate", HTMLButtonElement).focus();
  return true;
}
