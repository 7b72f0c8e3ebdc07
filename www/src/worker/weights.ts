/** Weights as the engine reads them: hashed, and where they are large, given back while a network is made of them. */
import { messageOf, UnnoiseError } from "../errors.ts";
import { blobOf, LARGE, Pieces, piecesOf, reading, type Shard } from "../pieces.ts";
import type { Glue, Parts } from "../wasm.ts";

/** Weights that a network can be made of, once. */
interface Readable {
  parts: Parts;
  /** SHA-256 in hex. */
  hash: Promise<string>;
  /** All of them, where they are kept. */
  kept: Blob | undefined;
}

/** `known` is their hash, where that need not be computed. */
export async function readable(
  content: Blob | ArrayBuffer,
  { glue, isKept, known }: { glue: Glue; isKept: boolean; known: string | undefined },
): Promise<Readable> {
  if ((content instanceof Blob ? content.size : content.byteLength) < LARGE) {
    const bytes = await bytesOf("weights", content);
    // The browser hashes on another thread, while the network is made.
    return { parts: bytes, hash: hashOf(bytes, glue), kept: isKept ? new Blob([bytes]) : undefined };
  }
  const pieces = await piecesOf(content).catch((cause) => {
    throw unreadable("weights", cause);
  });
  const hash = Promise.resolve(known ?? hashInParts(pieces, glue));
  const blob = content instanceof Blob ? content : undefined;
  return { parts: new Pieces(pieces), hash, kept: isKept ? (blob ?? (await blobOf(pieces))) : undefined };
}

/** @throws UnnoiseError "download-mismatch" for a file that is not the one that its server names. */
export async function checkShards(shards: readonly Shard[], glue: Glue): Promise<void> {
  for (const { name, content, sha256 } of shards.filter(({ sha256 }) => sha256)) {
    const hash = new glue.Sha256();
    const { next } = reading(new Blob([content]).stream());
    for (let part = await next(); part; part = await next()) hash.add(part);
    const came = hash.finish();
    if (came === sha256) continue;
    const message = `“${name}” of the weights has the SHA-256 ${came}; its server names ${sha256}`;
    throw new UnnoiseError("download-mismatch", message, { hint: "Load the model again." });
  }
}

/** Its bytes; a file that has changed or gone since it was picked cannot be read. */
export async function bytesOf(what: string, content: Blob | ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(content instanceof Blob ? await content.arrayBuffer() : content);
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

function unreadable(what: string, cause: unknown): UnnoiseError {
  const hint = "Pick the file again.";
  return new UnnoiseError("unreachable", `the ${what} could not be read: ${messageOf(cause)}`, { hint, cause });
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>, glue: Glue): Promise<string> {
  // There is none where the page is not secure.
  const digest = await globalThis.crypto.subtle?.digest("SHA-256", bytes);
  if (!digest) return hashInParts([bytes], glue);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A browser's own would need them whole, and copies them. */
function hashInParts(parts: readonly Uint8Array[], glue: Glue): string {
  const hash = new glue.Sha256();
  for (const part of parts) hash.add(part);
  return hash.finish();
}
