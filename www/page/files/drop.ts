/** Files and folders from this computer can be dropped anywhere on the page. What reads them is fetched with the first. */

import type { App } from "../app.ts";
import { showError } from "../panel/problems.ts";

/** Takes what is dropped. */
export function connectDrop(app: App): void {
  const { classList } = document.body;
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    classList.remove("dropping");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const { items, files } = event.dataTransfer ?? {};
    // Entries are there during the event alone.
    const folders = [...(items ?? [])].map((item) => item.webkitGetAsEntry()).filter((entry) => isFolder(entry));
    void take(app, folders.length > 0 ? folders : [...(files ?? [])]);
  });
}

/** Takes files, or a folder of them. */
export async function take(app: App, given: readonly (File | FileSystemDirectoryEntry)[]): Promise<void> {
  try {
    await (await import("./take.ts")).take(app, given);
  } catch (error) {
    showError(error);
  }
}

function isFolder(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory ?? false;
}
