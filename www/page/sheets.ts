/** Share, Save and what is dropped on the page: each is fetched when it is first wanted. */

import type { App } from "./app.ts";
import { announce, find, write } from "./dom.ts";
import { sortFiles } from "./model/files.ts";
import { ControlError, quoted } from "./panel/numbers.ts";
import { type Control, clearProblems, controlOf, sentenceOf, showError } from "./panel/problems.ts";
import { t } from "./texts.ts";

/** Connects the two sheets, and the files that bring settings back. */
export function connectSheets(app: App): void {
  const share = lazily(async () => new (await import("./sheets-later.ts")).ShareSheet());
  const save = lazily(async () => new (await import("./sheets-later.ts")).SaveSheet());
  whenOpened("share", async () => (await share()).show(await app.handover.shared()));
  whenOpened("save", async () => (await save()).show(await app.handover.saved()));
  const file = find("restore-file", HTMLInputElement);
  file.addEventListener("change", () => {
    find("save").hidePopover();
    void take(app, [...(file.files ?? [])]);
    file.value = "";
  });
  find("restore", HTMLButtonElement).addEventListener("click", () => file.click());
  connectDrop(app);
}

/** Calls when a sheet opens; what cannot be fetched is said in it. */
function whenOpened(id: string, show: () => Promise<void>): void {
  const sheet = find(id, HTMLElement);
  sheet.addEventListener("toggle", (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== "open") return;
    show().catch((error) => write(`${id}-problem`, sentenceOf(error)));
  });
}

/** Files from this computer can be dropped anywhere on the page. */
function connectDrop(app: App): void {
  const stage = find("stage");
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    stage.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) stage.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    stage.classList.remove("dropping");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const folder = [...(event.dataTransfer?.items ?? [])]
      .map((item) => item.webkitGetAsEntry())
      .find((e) => e?.isDirectory);
    if (folder) refuse(new ControlError("invalid-model", t("fileFolder", { file: quoted(folder.name) })));
    else void take(app, [...(event.dataTransfer?.files ?? [])]);
  });
}

/** Loads the model that the files are, or sets the controls to what a saved file says. */
async function take(app: App, files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  clearProblems(["run", "model"]);
  try {
    const given = await sortFiles(files);
    if ("model" in given) {
      if (!(await app.load(given.model))) reveal("model");
    } else await restore(app, given.settings, given.kind);
  } catch (error) {
    refuse(error);
  }
}

/** Says what is wrong with files. */
function refuse(error: unknown): void {
  showError(error);
  reveal(controlOf(error));
}

/** Brings a problem into sight: what is dropped on the stage may be a matter of the panel's far end. */
function reveal(control: Control): void {
  find(`${control}-problem`).scrollIntoView({ block: "nearest" });
}

async function restore(app: App, file: File, kind: "png" | "json"): Promise<void> {
  const { settingsIn } = await import("./sheets-later.ts");
  if (!(await app.restore(await settingsIn(file, kind)))) return;
  const sentence = t("fileRestored", { file: quoted(file.name) });
  write("cost", sentence);
  announce(sentence);
  find("generate", HTMLButtonElement).focus();
}

/** What `make` gives, made once; a failure is forgotten, so that the next call tries again. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
