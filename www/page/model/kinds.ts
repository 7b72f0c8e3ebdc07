/** What a file is, by its first bytes: names lie. */

import type { Key } from "../texts.ts";

/** What the page does with a file; "other" is refused by what it is. A PNG may be a picture, or hold settings. */
export type Kind = "png" | "picture" | "json" | "safetensors" | "pickle" | "other";

/** A kind, and the key of what such a file is called, as the end of a sentence. */
export interface FileKind {
  kind: Kind;
  what: Key;
}

/** So many bytes tell all of these apart. */
const HEAD = 512;

/** The longest header of a safetensors file, in bytes. */
const LONGEST_HEADER = 100_000_000;

/** Bytes as characters, where they stand, and what the file is then called; the first that fits counts. */
const BINARY: readonly [at: number, bytes: string, what: Key][] = [
  [0, "\xff\xd8\xff", "isJpeg"],
  [0, "GIF87a", "isGif"],
  [0, "GIF89a", "isGif"],
  [8, "WEBP", "isWebp"],
  [0, "II*\0", "isTiff"],
  [0, "MM\0*", "isTiff"],
  [4, "ftypavi", "isAvif"],
  [4, "ftypheic", "isHeic"],
  [4, "ftyp", "isVideo"],
  [0, "\x1a\x45\xdf\xa3", "isVideo"],
  [0, "%PDF-", "isPdf"],
  [0, "PK\x03\x04", "isZip"],
  [0, "\x1f\x8b", "isGzip"],
  [0, "7z\xbc\xaf", "is7z"],
  [0, "\x89HDF", "isHdf5"],
  [0, "GGUF", "isGguf"],
];

/** Pictures that browsers read. */
const PICTURES: readonly Key[] = ["isJpeg", "isGif", "isWebp", "isAvif"];

/** The same of files for reading, after blanks. */
const TEXTS: readonly [start: RegExp, kind: Kind, what: Key][] = [
  [/^[[{]/, "json", "isJson"],
  [/^version https:\/\/git-lfs/, "other", "isLfs"],
  [/^<(!doctype html|html|head|body)/i, "other", "isHtml"],
  [/^<(\?xml|svg)/i, "other", "isXml"],
];

/** Reads what a file is. Where its first bytes do not say, its name is believed. Rejects with what reading it rejects with. */
export async function kindOf(file: File): Promise<FileKind> {
  const bytes = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  if (bytes.length === 0) return { kind: "other", what: "isEmpty" };
  const head = String.fromCharCode(...bytes);
  if (isSafetensors(bytes)) return { kind: "safetensors", what: "isWeights" };
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return { kind: "png", what: "isPng" };
  if (isPickle(head)) return { kind: "pickle", what: "isPickle" };
  const found = BINARY.find(([at, start]) => head.startsWith(start, at));
  if (found) return { kind: PICTURES.includes(found[2]) ? "picture" : "other", what: found[2] };
  const text = textIn(bytes);
  const known = TEXTS.find(([start]) => text !== undefined && start.test(text.trimStart()));
  if (known) return { kind: known[1], what: known[2] };
  return byName(file.name) ?? { kind: "other", what: text === undefined ? "isUnknown" : "isText" };
}

/** Eight bytes of a length, least first, then an object of JSON. */
function isSafetensors(bytes: Uint8Array): boolean {
  const length = bytes.slice(0, 8).reduceRight((sum, byte) => 256 * sum + byte, 0);
  return bytes[8] === 0x7b && length <= LONGEST_HEADER;
}

/** A stream of pickle, of protocol 2 or later; or a ZIP archive that begins with one, as torch.save writes it. */
function isPickle(head: string): boolean {
  const protocol = head.charCodeAt(1);
  if (head.startsWith("\x80") && protocol >= 2 && protocol <= 5) return true;
  return head.startsWith("PK\x03\x04") && head.includes(".pkl");
}

/** The bytes as text; undefined where they are none. The last character may be cut in two. */
function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** What is left to its reader to complain of. */
function byName(name: string): FileKind | undefined {
  if (/\.safetensors$/i.test(name)) return { kind: "safetensors", what: "isWeights" };
  return /\.json$/i.test(name) ? { kind: "json", what: "isJson" } : undefined;
}
