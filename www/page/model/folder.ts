/** A folder from this computer: the files of it that may belong together. */

import { ControlError, quoted } from "../panel/numbers.ts";
import { t } from "../texts.ts";

/** Files of a folder that are looked at, and how deep they may lie. */
const MOST_FILES = 4096;
const DEEPEST = 3;

/** Where a model's folder has its network, as the library looks for it. */
const PARTS = ["unet/", "", "unet_ema/"];
const SCHEDULER = "scheduler/scheduler_config.json";

/** Files of a folder, and what was chosen among them, in a sentence, where something was. */
interface Chosen {
  files: File[];
  choice: string | undefined;
}

/** The files of a folder: where it holds a network, those of the network; else all. Throws a `ControlError`. */
export async function filesOf(folder: FileSystemDirectoryEntry): Promise<Chosen> {
  const found = new Map<string, FileSystemFileEntry>();
  await collect(folder, "", DEEPEST, found);
  if (found.size === 0) {
    throw new ControlError("", t("fileFolderEmpty", { file: quoted(folder.name), readable: t("readable") }));
  }
  const paths = [...found.keys()];
  const part = PARTS.find((part) => paths.some((path) => isOf(part, path) && path.endsWith("config.json")));
  const others = [
    SCHEDULER,
    "scheduler_config.json",
    "model_index.json",
    "labels.json",
    "analytic_dpm.json",
    "vdm.json",
    "defaults.json",
  ];
  const isWanted = (path: string) => part === undefined || isOf(part, path) || others.includes(path);
  const hasBoth = part === "unet/" && found.has("unet_ema/config.json");
  const files = await Promise.all(paths.filter(isWanted).map((path) => fileOf(path, found)));
  return { files, choice: hasBoth ? t("filePartChoice") : undefined };
}

/** Whether a file lies in this part of the folder itself, not deeper. */
function isOf(part: string, path: string): boolean {
  return path.startsWith(part) && !path.slice(part.length).includes("/");
}

async function collect(
  folder: FileSystemDirectoryEntry,
  path: string,
  depth: number,
  found: Map<string, FileSystemFileEntry>,
): Promise<void> {
  const reader = folder.createReader();
  // A reader gives some entries at a time, and none at the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (entry.name.startsWith(".") || found.size >= MOST_FILES) continue;
      if (isFile(entry)) found.set(path + entry.name, entry);
      else if (isFolder(entry) && depth > 0) await collect(entry, `${path}${entry.name}/`, depth - 1, found);
    }
  }
}

function fileOf(path: string, found: ReadonlyMap<string, FileSystemFileEntry>): Promise<File> {
  const failure = new ControlError("invalid-model", t("fileUnreadable", { file: quoted(path) }));
  return new Promise((resolve, reject) => found.get(path)?.file(resolve, () => reject(failure)));
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
