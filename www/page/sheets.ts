/** Share, Save and what reads files: each is fetched when it is first wanted. */

import type { App } from "./app.ts";
import { find, write } from "./dom.ts";
import { connectDrop, take } from "./files/drop.ts";
import { sentenceOf } from "./panel/problems.ts";

/** Connects the two sheets, and the files that bring settings back. */
export function connectSheets(app: App): void {
  const share = lazily(async () => new (await import("./sheets-later.ts")).ShareSheet());
  const save = lazily(async () => new (await import("./sheets-later.ts")).SaveSheet());
  whenOpened("share", async () => (await share()).show(app.handover.shared()));
  whenOpened("save", async () => (await save()).show(app.handover.saved()));
  const file = find("restore-file", HTMLInputElement);
  file.addEventListener("change", () => {
    find("save").hidePopover();
    void take(app, [...(file.files ?? [])]);
    file.value = "";
  });
  find("restore", HTMLButtonElement).addEventListener("click", () => file.click());
  connectDrop(app);
  connectPaste(app);
}

/** Pictures and files can be pasted anywhere; Edit has its own way, where the picture lands in what is open. */
function connectPaste(app: App): void {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (event.defaultPrevented || files.length === 0 || !find("edit").hidden) return;
    event.preventDefault();
    void take(app, files);
  });
}

/** Calls when a sheet opens; what cannot be fetched is said in it. */
function whenOpened(id: string, show: () => Promise<void>): void {
  const sheet = find(id, HTMLElement);
  sheet.addEventListener("toggle", (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== "open") return;
    write(`${id}-problem`, "");
    show().catch((error) => write(`${id}-problem`, sentenceOf(error)));
  });
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
