/** Weights on their way to the engine: hashed, kept for further workers, and given back while a network is made of them. */
import { hasCode, messageOf, UnnoiseError } from "../errors.ts";
import { Copy, cut, LARGE, type Piece, Pieces, reading, type Shard } from "../pieces.ts";
import type { FilesMessage } from "../protocol.ts";
import type { Engine, Glue, Loading, Network } from "../wasm.ts";

/** What the weights are given to. */
export interface Around {
  glue: Glue;
  engine: Engine;
  /** Whether a copy of them is kept, for further workers. */
  isKept: boolean;
}

/** A network, its hash, and its weights where they are kept. */
export interface Loaded {
  network: Network;
  hash: string;
  kept: Blob | undefined;
}

/** What a hash is made by. */
interface Hasher {
  add(bytes: Piece): void;
  finish(): string | Promise<string>;
}

/** What the engine says of a length that may not be the right one. */
const LENGTH = ["weights-truncated", "weights-overlong", "weights-offsets"];

/** A network of which layers are made while its weights arrive. */
export class Arrival {
  readonly #pieces: Pieces;
  readonly #loading: Loading;
  readonly #hash: Hasher;
  readonly #copy: Copy | undefined;
  /** Whether layers are made already: not where only all of the file can tell how long it is. */
  #isEager: boolean;

  /**
   * @param length Bytes of the weights, as far as the server says; it may be that of what travels.
   * @param size Those of a piece.
   */
  constructor(
    { hash: known, ...files }: Omit<FilesMessage, "weights">,
    length: number | undefined,
    { glue, engine, isKept }: Around,
    size?: number,
  ) {
    this.#pieces = new Pieces(length ?? 0, size);
    this.#isEager = length !== undefined;
    this.#loading = engine.load({ ...files, weights: this.#pieces });
    const hasher = () => (size === undefined ? new glue.Sha256() : new BrowsersHash(glue));
    this.#hash = known === undefined ? hasher() : { add: () => {}, finish: () => known };
    this.#copy = isKept ? new Copy() : undefined;
  }

  add(piece: Piece): void {
    this.#pieces.add(piece);
    this.#hash.add(piece);
    this.#copy?.add(piece);
    if (!this.#isEager) return;
    try {
      this.#loading.goOn(this.#pieces.arrived);
    } catch (error) {
      if (!hasCode(error) || !LENGTH.includes(error.code)) throw error;
      this.#isEager = false;
    }
  }

  async finish(): Promise<Loaded> {
    this.#pieces.length = this.#pieces.arrived;
    const network = this.#loading.finish();
    return { network, hash: await this.#hash.finish(), kept: await this.#copy?.blob() };
  }

  free(): void {
    this.#loading.free();
  }
}

/** A network of weights that are here. */
export async function load({ weights, ...files }: FilesMessage, around: Around): Promise<Loaded> {
  const length = weights instanceof Blob ? weights.size : weights.byteLength;
  const isLarge = length >= LARGE;
  const kept = isLarge && weights instanceof Blob && around.isKept ? weights : undefined;
  const arrival = new Arrival(
    files,
    length,
    kept ? { ...around, isKept: false } : around,
    isLarge ? undefined : length,
  );
  try {
    if (isLarge) await cut(weights, (piece) => void arrival.add(piece)).catch(failed);
    else arrival.add(await bytesOf("weights", weights));
  } catch (error) {
    arrival.free();
    throw error;
  }
  const loaded = await arrival.finish();
  return kept ? { ...loaded, kept } : loaded;
}

function failed(cause: unknown): never {
  throw hasCode(cause) ? cause : unreadable("weights", cause);
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

/** SHA-256 of a file in one piece, on a thread of the browser's: its own needs all of it, and copies it. */
class BrowsersHash implements Hasher {
  readonly #glue: Glue;
  #hash: Promise<string> | undefined;

  constructor(glue: Glue) {
    this.#glue = glue;
  }

  add(bytes: Piece): void {
    // There is none where the page is not secure.
    this.#hash = globalThis.crypto.subtle?.digest("SHA-256", bytes).then(hex) ?? Promise.resolve(this.#ours(bytes));
  }

  finish(): Promise<string> {
    return this.#hash ?? Promise.resolve(this.#ours(new Uint8Array()));
  }

  #ours(bytes: Piece): string {
    const hash = new this.#glue.Sha256();
    hash.add(bytes);
    return hash.finish();
  }
}

function hex(digest: ArrayBuffer): string {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
