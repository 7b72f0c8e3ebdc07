/** Which file of a folder has the network's weights, and how those of several become one. */

import type { LoadOptions } from "../checkpoint.ts";
import { moduleFailed } from "../host/module.ts";
import { type Incoming, LARGE, type Shard } from "../pieces.ts";
import { coming, missing, type Present, type Source } from "./source.ts";

/** The name that diffusers gives them, without its ending. */
const NAME = "diffusion_pytorch_model";

/** Names of PyTorch's files, which are taken where there is no safetensors file. */
const PICKLES = [
  `${NAME}.fp16.bin`,
  `${NAME}.bin`,
  `${NAME}.ckpt`,
  "diffusion_model.pt",
  "pytorch_model.bin",
  "model.ckpt",
  "model.pt",
];

/** The index of files of PyTorch, as transformers calls it. */
const INDEX = "pytorch_model.bin.index.json";

/** Ends the address of a file of weights. */
const FILE = /\/([^/:]+\.(safetensors|bin|ckpt|pt|pth))$/;

/** What has been read. */
export interface Content {
  weights: ArrayBuffer | Blob | Incoming;
  shards?: Shard[];
}

/** Which weights are meant, where a folder has several. */
export interface Wanted {
  /** The file that the address names. */
  file?: string | undefined;
  /** As `LoadOptions.variant`. */
  variant?: string | null | undefined;
  /** As `LoadOptions.size`. */
  size?: LoadOptions["size"] | undefined;
}

/** The file of weights that an address names. */
export function fileIn(address: string | URL): string | undefined {
  const origin = "https://a.invalid/";
  return URL.canParse(address, origin) ? FILE.exec(new URL(address, origin).pathname)?.[1] : undefined;
}

/**
 * Names of the files of weights that `load(address)` looks for in each part of a folder, the first one first; of an address that names a
 * file, that file. An index (.json) names the files that have them together. Nothing is loaded.
 */
export function weightsFiles(address: string | URL): string[] {
  const file = fileIn(address);
  return file === undefined ? names(undefined).flat() : [file];
}

/** The weights in a part of a folder, on their way, and whether they are halves as far as their likeliest file tells: that is known first. */
export function weightsIn(from: Source, part: string, { file, variant }: Wanted) {
  const [[likeliest = "", ...next] = [], ...others] = file === undefined ? names(variant) : [[file]];
  const asked = from.first([part + likeliest]);
  const found = async (): Promise<Present> => {
    const first = await asked;
    // What is said of the likeliest files says enough.
    const likely = Array.isArray(first) ? await from.first(prefixed(part, next), first) : first;
    if (!Array.isArray(likely)) return likely;
    for (const some of others) {
      const other = await from.first(prefixed(part, some));
      if (!Array.isArray(other)) return other;
    }
    throw missing(likely, from.base);
  };
  const halves = async () => {
    const first = await asked;
    return !Array.isArray(first) && /\.fp16\./.test(first.file);
  };
  return { found: found(), halves };
}

function prefixed(part: string, names: readonly string[]): string[] {
  return names.map((name) => part + name);
}

/** The names that these weights may have: each list is tried as a whole, one after the other. */
function names(variant: string | null | undefined): string[][] {
  const variants = variant === undefined ? [".fp16", ""] : [variant === null ? "" : `.${variant}`];
  const pickles = variant === undefined ? PICKLES : variants.map((name) => `${NAME}${name}.bin`);
  const indexes = (format: string) => variants.map((name) => `${NAME}.${format}.index${name}.json`);
  return [
    variants.map((name) => `${NAME}${name}.safetensors`),
    indexes("safetensors"),
    pickles,
    variant === undefined ? [...indexes("bin"), INDEX] : indexes("bin"),
  ];
}

/** The content, on its way where it is large; of an index, that of the files that it names, as one, and each by itself. */
export async function contentOf(from: Source, part: string, found: Present): Promise<Content> {
  const content = coming(found);
  if (found.file.endsWith(".json")) return (await inSeveral()).fetchShards(from, part, found.file, content);
  return { weights: isLarge(content) ? content : await content.whole() };
}

/** Whether all of it would be much memory, or may be. */
function isLarge({ length = LARGE }: Incoming): boolean {
  return length >= LARGE;
}

/** Several files of weights as one. */
export async function joined(shards: readonly Shard[]): Promise<Blob> {
  return (await inSeveral()).join(shards);
}

/** A file of its own: few models need it. */
function inSeveral() {
  return import("./shards.ts").catch((error) => {
    throw moduleFailed("shards", error);
  });
}
