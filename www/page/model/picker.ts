/** "change…" beside the model's name: the gallery, and below it any other diffusers folder by its address, or files from this computer. */

import { say } from "../../ui/dom.ts";
import { KINDS } from "../../ui/options.ts";
import { find } from "../dom.ts";
import type { Gallery } from "../gallery/gallery.ts";
import { clearProblem, sentenceOf, showProblem } from "../panel/problems.ts";
import { learn, modelCost, t } from "../texts.ts";
import { findWeights, openStore, type Running, type Source, withSize } from "./engine.ts";

/** Loads what is chosen; false where that did not go well, which is then said. */
type Take = (source: Source) => Promise<boolean>;

/** Opens and closes the form, and hands over what is chosen. `load` says itself how loading went: true when it went well; `running` is what is at hand. */
export function connectModelPicker(
  load: Take,
  foldersOf: (address: string) => Promise<URL[]>,
  running: () => Running | undefined,
): void {
  const change = find("model-change", HTMLButtonElement);
  const form = find("model-form");
  const open = (shown: boolean) => {
    form.hidden = !shown;
    change.setAttribute("aria-expanded", String(shown));
    if (!shown) return;
    void showStored(take);
    void showGallery(take, running());
  };
  const take = async (source: Source) => {
    const went = await load(source);
    if (went) {
      open(false);
      change.focus();
    }
    return went;
  };
  change.addEventListener("click", () => open(form.hidden === true));
  // Who uses no mouse has the button beside it.
  find("model-title").addEventListener("click", () => change.click());
  connectAddress(take, foldersOf, running);
  connectFiles(take);
}

/** The field for an address, and what it would cost. */
function connectAddress(
  take: Take,
  foldersOf: (address: string) => Promise<URL[]>,
  running: () => Running | undefined,
): void {
  const address = find("model-url", HTMLInputElement);
  const cost = find("model-cost");
  const takeAddress = () => {
    clearProblem("model");
    const side = find("model-side", HTMLInputElement).value.trim();
    const size = KINDS.size.parse(side);
    if (side !== "" && !size) showProblem("model", t("modelNoSize"));
    else if (URL.canParse(address.value, document.baseURI) && address.value.trim() !== "")
      void take(withSize(address.value.trim(), size));
    else showProblem("model", t("modelNoAddress"));
  };
  find("model-load", HTMLButtonElement).addEventListener("click", takeAddress);
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    takeAddress();
  });
  address.addEventListener("input", () => {
    clearProblem("model");
    say(cost, t("modelCostHint"));
  });
  address.addEventListener("change", async () => {
    const asked = address.value.trim();
    if (asked === "") return;
    // What is wrong with an address is said when it is loaded.
    const folders = await foldersOf(asked).catch(() => []);
    const isLoaded = folders.some(({ href }) => href === running()?.model.info.folder);
    const said = isLoaded ? t("modelLoaded") : await costOf(folders, asked);
    if (asked === address.value.trim()) say(cost, said);
  });
}

/** Files from this computer. */
function connectFiles(take: Take): void {
  const files = find("model-files", HTMLInputElement);
  files.addEventListener("change", async () => {
    clearProblem("model");
    try {
      const chosen = [...(files.files ?? [])];
      if (chosen.length > 0) await take(await (await import("../files/take.ts")).modelOf(chosen));
    } catch (error) {
      showProblem("model", sentenceOf(error));
    }
    files.value = "";
  });
}

let gallery: Gallery | undefined;

/** Shows the bundled models, and those that were trained here. The keyboard goes on there, unless it has gone elsewhere meanwhile. */
async function showGallery(take: Take, running: Running | undefined): Promise<void> {
  try {
    if (!gallery) {
      const [{ Gallery }] = await Promise.all([import("../gallery/gallery.ts"), learn("gallery")]);
      gallery ??= new Gallery(find("gallery"), (source) => void take(source));
    }
    await gallery.show(running, () => document.activeElement?.id === "model-change" && !find("model-form").hidden);
  } catch (error) {
    showProblem("model", sentenceOf(error));
  }
}

/** Lists the models that are kept in this browser. */
async function showStored(take: Take): Promise<void> {
  const store = await openStore();
  await store?.showStored(find("model-stored"), (source) => void take(source));
}

/** What is to be downloaded of the first of these folders that has weights, where its server says. */
async function costOf(folders: readonly URL[], address: string): Promise<string> {
  const store = await openStore();
  for (const { href } of folders) {
    if (await store?.isStored(href)) return t("modelStored");
    const found = await findWeights(href, address);
    if (found) return modelCost(found.bytes);
  }
  return modelCost(undefined);
}
