/** Share, Save and what is dropped on the page: each is fetched when it is first wanted. */

import { announce } from "./announce.ts";
import type { App } from "./app.ts";
import { find, say } from "./dom.ts";
import { clearProblem, sentenceOf, showProblem } from "./problems.ts";
import { texts } from "./texts.ts";

/** Connects the two sheets, and the files that bring settings back. */
export function connectSheets(app: App): void {
  const share = lazily(async () => new (await import("./sheets-later.ts")).ShareSheet());
  const save = lazily(async () => new (await import("./sheets-later.ts")).SaveSheet());
  whenOpened("share", async () => (await share()).show(await app.handover.shared()));
  whenOpened("save", async () => (await save()).show(await app.handover.saved()));
  const file = find("restore-file", HTMLInputElement);
  file.addEventListener("change", () => {
    find("save", HTMLElement).hidePopover();
    void restore(app, file.files?.[0]);
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
    show().catch((error) => say(find(`${id}-problem`, HTMLElement), sentenceOf(error)));
  });
}

/** A file from this computer can be dropped anywhere on the page. */
function connectDrop(app: App): void {
  const stage = find("stage", HTMLElement);
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
    void restore(app, event.dataTransfer?.files[0]);
  });
}

/** Sets the controls to what a saved file says. */
async function restore(app: App, file: File | undefined): Promise<void> {
  if (!file) return;
  clearProblem("run");
  try {
    const { settingsIn } = await import("./sheets-later.ts");
    if (!(await app.restore(await settingsIn(file)))) return;
    const sentence = texts.restored(file.name);
    say(find("cost", HTMLElement), sentence);
    announce(sentence);
    find("generate", HTMLButtonElement).focus();
  } catch (error) {
    showProblem("run", sentenceOf(error));
  }
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
