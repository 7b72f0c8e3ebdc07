/** Weights in several files of safetensors or of PyTorch, joined to one. The engine checks that file as any other. */
import { messageOf, UnnoiseError } from "../errors.ts";
import { Copy, type Incoming, type Shard } from "../pieces.ts";
import { parsed } from "./json.ts";
import { coming, missing, type Source } from "./source.ts";
import type { Content } from "./weights.ts";

/** A file, its tensors as its header has them, and where their bytes begin. */
interface Read {
  name: string;
  content: Blob;
  tensors: Map<string, Entry>;
  start: number;
}

interface Entry {
  data_offsets: [first: number, end: number];
}

/** The longest header that is read, in bytes: the format's own limit. */
const LONGEST_HEADER = 100_000_000;

/** Begins files of PyTorch that are joined, as `src/checkpoint/torch_file/` reads them. */
const SEVERAL = "several\0";

/** The most files that one set of weights may be in. */
const MOST_SHARDS = 100;

/** The files that an index names, in a part of a folder. */
export async function fetchShards(from: Source, part: string, file: string, content: Incoming): Promise<Content> {
  // With the objects in it, which those of a model's other files have not.
  const index = await parsed(new Response(await content.whole()), file);
  const arriving = shardsOf(index, file).map(async (name): Promise<Shard> => {
    const shard = await from.first([part + name]);
    if (Array.isArray(shard)) throw missing(shard, from.base);
    const content = coming(shard);
    const { sha256 } = from;
    const copy = new Copy();
    await content.cut((piece) => {
      copy.add(piece);
      return piece;
    });
    return { name, content: await copy.blob(), sha256: await sha256 };
  });
  const shards = await Promise.all(arriving);
  // The server names the hash of each file, not that of all.
  from.sha256 = Promise.resolve(undefined);
  return { weights: await join(shards), shards };
}

/** The files of an index. */
function shardsOf(index: unknown, file: string): string[] {
  const map = typeof index === "object" && index !== null && "weight_map" in index ? index.weight_map : undefined;
  const names = typeof map === "object" && map !== null ? [...new Set<unknown>(Object.values(map))] : [];
  const isShard = (name: unknown): name is string =>
    typeof name === "string" && /^[^/\\:?#]+\.(safetensors|bin)$/.test(name);
  if (names.length > 0 && names.length <= MOST_SHARDS && names.every(isShard)) return names;
  const message = `\`weight_map\` in ${file} must name a .safetensors or .bin file beside it for each tensor, at most ${MOST_SHARDS} files in all`;
  throw new UnnoiseError("weights-index", message, { hint: "Use the folder as diffusers' save_pretrained writes it." });
}

/**
 * The tensors of all of them in one file.
 *
 * @throws UnnoiseError "weights-shards" for files of both formats, and for a safetensors file that is none, that ends early, or that has
 * another's tensor too.
 */
export async function join(files: readonly Shard[]): Promise<Blob> {
  const blobs = files.map(({ name, content }) => ({ name, content: new Blob([content]) }));
  const torch = await Promise.all(blobs.map(({ content }) => isTorch(content)));
  if (!torch[0]) return joined(await Promise.all(blobs.map(({ name, content }) => read(name, content))));
  const other = blobs[torch.indexOf(false)];
  if (other) throw wrong(other.name, "is no file of PyTorch, and the first of the set is one");
  const parts = blobs.flatMap(({ name, content }) => [new Blob([name]), content]);
  return new Blob([SEVERAL, ...parts.flatMap((part) => [length(part.size), part])]);
}

/** A ZIP archive or a pickle. The length that a safetensors file begins with may look like one; its header follows at once. */
async function isTorch(content: Blob): Promise<boolean> {
  const head = String.fromCharCode(...new Uint8Array(await content.slice(0, 9).arrayBuffer()));
  return (head.startsWith("PK\x03\x04") || (head[0] === "\x80" && head.charCodeAt(1) <= 5)) && head[8] !== "{";
}

function joined(shards: readonly Read[]): Blob {
  const header = new Map<string, Entry>();
  let end = 0;
  for (const { name, content, tensors, start } of shards) {
    for (const [tensor, entry] of tensors) {
      if (header.has(tensor)) throw wrong(name, `has the tensor \`${tensor}\` of another file too`);
      const [first, last] = entry.data_offsets;
      header.set(tensor, { ...entry, data_offsets: [first + end, last + end] });
    }
    end += content.size - start;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  return new Blob([length(text.length), text, ...shards.map(({ content, start }) => content.slice(start))]);
}

function length(bytes: number): ArrayBuffer {
  const eight = new DataView(new ArrayBuffer(8));
  eight.setBigUint64(0, BigInt(bytes), true);
  return eight.buffer;
}

async function read(name: string, content: Blob): Promise<Read> {
  const first = new DataView(await content.slice(0, 8).arrayBuffer());
  const header = first.byteLength === 8 ? Number(first.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (header > LONGEST_HEADER) throw wrong(name, "is no safetensors file");
  const start = 8 + header;
  const tensors = entriesOf(name, await content.slice(8, start).text());
  const end = Math.max(0, ...[...tensors.values()].map(({ data_offsets: [, end] }) => end));
  const found = content.size - start;
  if (end !== found) throw wrong(name, `has ${found} bytes of tensors, and its header asks for ${end}`);
  return { name, content, tensors, start };
}

function entriesOf(name: string, text: string): Map<string, Entry> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw wrong(name, `has a header that is no JSON: ${messageOf(cause)}`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw wrong(name, "has a header that is no object");
  const entries = Object.entries(header).filter(([tensor]) => tensor !== "__metadata__");
  if (entries.every((entry): entry is [string, Entry] => isEntry(entry[1]))) return new Map(entries);
  throw wrong(name, "has a tensor without two `data_offsets`");
}

function isEntry(entry: unknown): entry is Entry {
  const offsets = typeof entry === "object" && entry !== null && "data_offsets" in entry ? entry.data_offsets : [];
  return Array.isArray(offsets) && offsets.length === 2 && offsets.every((offset) => Number.isSafeInteger(offset));
}

function wrong(name: string, what: string): UnnoiseError {
  const hint = "Give every file of the set as it was saved.";
  return new UnnoiseError("weights-shards", `“${name}” of the weights ${what}`, { hint });
}
