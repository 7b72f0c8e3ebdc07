/** Large weights in pieces, so that memory can be given back piece by piece: a buffer that a browser has seen stays until it is collected. */

/** Weights of so many bytes are read in pieces. */
export const LARGE = 2 ** 24;

/** Bytes of a piece. */
const PIECE = 2 ** 22;

/** How much is read at once where the browser takes the memory for it, in bytes. */
const PART = 2 ** 18;

/** One of several files of weights. */
export interface Shard {
  name: string;
  content: ArrayBuffer | Blob;
  /** The SHA-256 in hex, where the server names it. */
  sha256?: string | undefined;
}

/** The pieces of a file in order; a buffer that can give its memory back does. */
export async function piecesOf(content: Blob | ArrayBuffer): Promise<Uint8Array<ArrayBuffer>[]> {
  const size = content instanceof Blob ? content.size : content.byteLength;
  const count = Math.ceil(size / PIECE);
  const pieces = Array.from({ length: count }, () => new Uint8Array());
  if (!(content instanceof Blob)) {
    for (let i = count - 1; i >= 0; i--) {
      pieces[i] = new Uint8Array(content.slice(i * PIECE, (i + 1) * PIECE));
      if (content.resizable) content.resize(i * PIECE);
    }
    return pieces;
  }
  let at = 0;
  const { next } = reading(content.stream());
  for (let part = await next(); part; part = await next()) {
    for (let rest = part; rest.length > 0; ) {
      const [i, from] = [Math.floor(at / PIECE), at % PIECE];
      if (from === 0) pieces[i] = new Uint8Array(Math.min(PIECE, size - at));
      const some = rest.subarray(0, PIECE - from);
      pieces[i]?.set(some, from);
      at += some.length;
      rest = rest.subarray(some.length);
    }
  }
  return pieces;
}

/** The same bytes as a Blob, which has a copy of them outside of this process. */
export async function blobOf(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<Blob> {
  const copied = new Uint8Array(PIECE);
  const blobs = pieces.map((piece) => {
    copied.set(piece);
    return new Blob([copied.subarray(0, piece.length)]);
  });
  const blob = new Blob(blobs);
  // What can be read has gone there.
  await blob.slice(0, 1).arrayBuffer();
  return blob;
}

/** A file of which the memory is given back as it is read, each tensor once. */
export class Pieces {
  readonly length: number;
  readonly #pieces: { bytes: Uint8Array<ArrayBuffer>; unread: number }[];
  readonly #read = new Set<number>();
  #last = new Uint8Array();

  constructor(pieces: readonly Uint8Array<ArrayBuffer>[]) {
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#pieces = pieces.map((bytes) => ({ bytes, unread: bytes.length }));
  }

  /** These bytes, until others are asked for. A part that begins elsewhere than at 0 has no byte of another. */
  subarray(first = 0, end = this.length): Uint8Array {
    giveBack(this.#last);
    this.#last = new Uint8Array(end - first);
    const isCounted = end - first === this.length || (first > 0 && !this.#read.has(first));
    for (let at = first; at < end; ) {
      const piece = this.#pieces[Math.floor(at / PIECE)];
      const part = piece?.bytes.subarray(at % PIECE, (at % PIECE) + end - at);
      if (!piece || !part?.length) throw new Error(`byte ${at} of the weights is read once more`);
      this.#last.set(part, at - first);
      at += part.length;
      if (isCounted) piece.unread -= part.length;
      if (piece.unread === 0) giveBack(piece.bytes);
    }
    this.#read.add(first);
    return this.#last;
  }
}

function giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
  // Node.js 20 has it not, and collects the buffer later.
  if ("transfer" in buffer) buffer.transfer(0);
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
