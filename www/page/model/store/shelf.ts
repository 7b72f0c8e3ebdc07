/**
 * Downloaded weights in the browser's own file system (OPFS): a folder per address, with what is known of the file and with its bytes in
 * parts. A part is a file that was closed, so what is there of a download that was broken off can be gone on with.
 */

const ROOT = "unnoise models";
const ABOUT = "about.json";

/** Bytes of a part: so many are lost at most when the page is left during a download. */
const PART = 8 * 1024 * 1024;

/** What is known of a file. */
export interface About {
  /** Its address. */
  url: string;
  /** What the model was asked for as: an address, or owner/name. */
  source: string;
  /** How the server tells its versions apart. */
  etag: string | null;
  modified: string | null;
  length: number;
  /** The SHA-256 in hex that the engine has found of it. */
  hash?: string;
}

/** A file, or the beginning of one. */
export interface Kept {
  about: About;
  parts: File[];
  size: number;
}

/** Where files are kept. Rejects where the browser keeps none: in private windows of some browsers, and on pages that are not secure. */
export async function openShelf(): Promise<FileSystemDirectoryHandle> {
  if (!("createWritable" in FileSystemFileHandle.prototype)) throw new Error("files cannot be written");
  return (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true });
}

/** Name of an address's folder. */
export async function nameOf(url: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(url));
  return [...new Uint8Array(digest.slice(0, 16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What is kept under a name. */
export async function find(shelf: FileSystemDirectoryHandle, name: string): Promise<Kept | undefined> {
  try {
    const folder = await shelf.getDirectoryHandle(name);
    const about: unknown = JSON.parse(await (await read(folder, ABOUT)).text());
    if (!isAbout(about)) return undefined;
    const parts: File[] = [];
    for (let size = 0; size < about.length; ) {
      const part: File | undefined = await read(folder, String(parts.length)).catch(() => undefined);
      // One that was never closed is empty.
      if (!part || part.size === 0) break;
      parts.push(part);
      size += part.size;
    }
    return { about, parts, size: parts.reduce((sum, part) => sum + part.size, 0) };
  } catch {
    return undefined;
  }
}

/** Everything that is kept. */
export async function all(shelf: FileSystemDirectoryHandle): Promise<[name: string, kept: Kept][]> {
  const found: [string, Kept][] = [];
  for await (const name of shelf.keys()) {
    const kept = await find(shelf, name);
    if (kept) found.push([name, kept]);
  }
  return found.sort(([, a], [, b]) => a.about.source.localeCompare(b.about.source));
}

/** Notes what is known of a file that is kept. */
export async function note(shelf: FileSystemDirectoryHandle, name: string, about: About): Promise<void> {
  await write(await shelf.getDirectoryHandle(name), ABOUT, [JSON.stringify(about)]);
}

/** Takes away what is kept under a name. */
export async function remove(shelf: FileSystemDirectoryHandle, name: string): Promise<void> {
  await shelf.removeEntry(name, { recursive: true }).catch(() => undefined);
}

/** Writes a file as it comes. */
export class Writer {
  /** Bytes of the whole file. */
  readonly length: number;
  readonly #folder: FileSystemDirectoryHandle;
  #next: number;
  #size: number;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #written: Promise<unknown> = Promise.resolve();

  /** Begins a file, in place of what is kept under this name. */
  static async begin(shelf: FileSystemDirectoryHandle, name: string, about: About): Promise<Writer> {
    await remove(shelf, name);
    const folder = await shelf.getDirectoryHandle(name, { create: true });
    await write(folder, ABOUT, [JSON.stringify(about)]);
    return new Writer(folder, { about, parts: [], size: 0 });
  }

  /** Goes on with what is kept under it. */
  static async after(shelf: FileSystemDirectoryHandle, name: string, kept: Kept): Promise<Writer> {
    return new Writer(await shelf.getDirectoryHandle(name), kept);
  }

  private constructor(folder: FileSystemDirectoryHandle, { about, parts, size }: Kept) {
    this.#folder = folder;
    this.length = about.length;
    this.#next = parts.length;
    this.#size = size;
  }

  /** Whether all of it is written. */
  get isWhole(): boolean {
    return this.#size === this.length;
  }

  /** Whether more came than the file has: its server compresses it, and does not let that be seen. */
  get isTooLong(): boolean {
    return this.#size > this.length;
  }

  async add(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#waiting.push(bytes.slice());
    this.#bytes += bytes.length;
    if (this.#bytes >= PART) await this.flush();
  }

  /** Writes what has come since the last part, and waits for all of them. */
  async flush(): Promise<void> {
    const [waiting, bytes] = [this.#waiting, this.#bytes];
    [this.#waiting, this.#bytes] = [[], 0];
    if (bytes > 0) {
      const part = write(this.#folder, String(this.#next), waiting);
      this.#next += 1;
      this.#written = Promise.all([this.#written, part]);
    }
    await this.#written;
    this.#size += bytes;
  }
}

async function write(folder: FileSystemDirectoryHandle, name: string, content: BlobPart[]): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  try {
    await stream.write(new Blob(content));
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => undefined);
    throw error;
  }
}

async function read(folder: FileSystemDirectoryHandle, name: string): Promise<File> {
  return (await folder.getFileHandle(name)).getFile();
}

function isAbout(value: unknown): value is About {
  if (typeof value !== "object" || value === null || !("url" in value && "source" in value && "length" in value)) {
    return false;
  }
  return typeof value.url === "string" && typeof value.source === "string" && Number.isInteger(value.length);
}
