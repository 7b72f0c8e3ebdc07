/**
 * Large weights in pieces, so that memory can be given back piece by piece. A buffer that a browser has seen, in a message or a Blob, stays
 * until it is collected: so the same few go back and forth.
 */

/** Weights of so many bytes are read in pieces. */
export const LARGE = 2 ** 24;

/** Bytes of a piece. */
const PIECE = 2 ** 22;

/** How much is read at once where the browser takes the memory for it, in bytes. */
const PART = 2 ** 18;

/** A piece of a file: all have the same length, but the last. */
export type Piece = Uint8Array<ArrayBuffer>;

/** One of several files of weights. */
export interface Shard {
  name: string;
  content: ArrayBuffer | Blob;
  /** The SHA-256 in hex, where the server names it. */
  sha256?: string | undefined;
}

/** Takes a piece, and gives back memory for the next one where it does not keep it. */
export type Take = (piece: Piece) => Piece | undefined | Promise<Piece | undefined>;

/** Weights that are on their way. They come once. */
export interface Incoming {
  /** How many bytes, as far as their server says. */
  readonly length: number | undefined;
  /** Gives them piece by piece, each when the last one has been taken. */
  cut(take: Take): Promise<void>;
  /** All of them in memory. */
  whole(): Promise<ArrayBuffer>;
}

/** Cuts what comes, in parts of any length, into pieces. */
export class Cutter {
  readonly #take: Take;
  #piece: Piece | undefined;
  #filled = 0;

  constructor(take: Take) {
    this.#take = take;
  }

  async put(part: Uint8Array): Promise<void> {
    for (let rest = part; rest.length > 0; ) {
      this.#piece ??= new Uint8Array(PIECE);
      const some = rest.subarray(0, PIECE - this.#filled);
      this.#piece.set(some, this.#filled);
      this.#filled += some.length;
      rest = rest.subarray(some.length);
      if (this.#filled === PIECE) await this.end();
    }
  }

  /** Gives what is left. */
  async end(): Promise<void> {
    const [piece, filled] = [this.#piece, this.#filled];
    [this.#piece, this.#filled] = [undefined, 0];
    if (piece && filled > 0) this.#piece = await this.#take(filled === PIECE ? piece : piece.slice(0, filled));
  }
}

/** Gives the pieces of a file, one after the other. */
export async function cut(content: Blob | ArrayBuffer, take: Take): Promise<void> {
  const cutter = new Cutter(take);
  if (content instanceof Blob) {
    const { next } = reading(content.stream());
    for (let part = await next(); part; part = await next()) await cutter.put(part);
  } else {
    await cutter.put(new Uint8Array(content));
  }
  await cutter.end();
}

/** Pieces as a Blob, which has a copy of them outside of this process. */
export class Copy {
  readonly #blobs: Blob[] = [];
  readonly #copied = new Uint8Array(PIECE);

  add(piece: Piece): void {
    if (piece.length <= PIECE) this.#copied.set(piece);
    this.#blobs.push(new Blob([piece.length <= PIECE ? this.#copied.subarray(0, piece.length) : piece]));
  }

  async blob(): Promise<Blob> {
    const blob = new Blob(this.#blobs);
    // What can be read has gone there.
    await blob.slice(0, 1).arrayBuffer();
    return blob;
  }
}

/** A file that arrives, as the engine reads it: `Parts` of wasm.ts. Its memory is given back when it has been read. */
export class Pieces {
  /** The bytes that it will have. */
  length: number;
  /** The bytes that have come. */
  arrived = 0;
  readonly #size: number;
  readonly #pieces: { bytes: Piece; held: number }[] = [];

  /** Of pieces of `size` bytes. */
  constructor(length: number, size = PIECE) {
    this.length = length;
    this.#size = size;
  }

  add(bytes: Piece): void {
    this.#pieces.push({ bytes, held: bytes.length });
    this.arrived += bytes.length;
  }

  at(first: number, end: number): Piece {
    const from = first % this.#size;
    const bytes = this.#pieces[Math.floor(first / this.#size)]?.bytes.subarray(from, from + end - first);
    if (bytes?.length) return bytes;
    throw new Error(`byte ${first} of the weights is not there`);
  }

  release(first: number, end: number): void {
    for (let at = first; at < end; ) {
      const [i, from] = [Math.floor(at / this.#size), at % this.#size];
      const count = Math.min(end - at, this.#size - from);
      const piece = this.#pieces[i];
      if (piece) piece.held -= count;
      if (piece?.held === 0) piece.bytes = gone(piece.bytes);
      at += count;
    }
  }
}

function gone({ buffer }: Piece): Piece {
  // Node.js 20 has it not, and collects the buffer later.
  return new Uint8Array("transfer" in buffer ? buffer.transfer(0) : new ArrayBuffer(0));
}

/** The parts of a body, one after the other. Where the body allows it, all are read into the same memory, so that they leave no garbage. */
export function reading(body: ReadableStream<Uint8Array>) {
  try {
    const reader = body.getReader({ mode: "byob" });
    let memory = new ArrayBuffer(PART);
    const next = async () => {
      const { value, done } = await reader.read(new Uint8Array(memory));
      if (value) memory = value.buffer;
      return done ? undefined : value;
    };
    return { reader, next };
  } catch {
    // This body is no stream of bytes.
    const reader = body.getReader();
    return { reader, next: async () => (await reader.read()).value };
  }
}
