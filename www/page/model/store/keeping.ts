/** What the page gives the library in place of `fetch`: it keeps a model's weights, and asks before it downloads many bytes. */

import { WEIGHTS } from "../../offline/names.ts";
import { learn, t } from "../../texts.ts";
import { weigh } from "../engine.ts";
import { ask, isStill, isWhole, lengthOf, rangeOf, restOf, versionIn, wholeAnswer } from "./answers.ts";
import { all, find, type Kept, nameOf, note, openShelf, remove, Writer } from "./shelf.ts";
import { through } from "./through.ts";

export { isStored, showStored } from "./list.ts";

/** More bytes than this are asked about before they are downloaded, and the browser is asked not to clear them by itself. */
const LARGE = 50_000_000;

/** A download, and the visitor who may not want it. */
export interface Wish {
  /** The model as it was asked for. */
  source: string;
  /** Resolves where so many bytes may be downloaded; rejects where the visitor does not want them. */
  allow: (bytes: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Takes the place of `fetch`. */
export type Fetch = (address: URL, request: RequestInit) => Promise<Response>;

/** Downloads that were allowed, or are asked about, by their addresses: none is asked about twice, nor any shard of a set by itself. */
const allowed = new Map<string, Promise<void>>();

/** Which shard of how many a file is: `model-00001-of-00003.safetensors`. */
const SHARD = /-\d{5}-of-(\d{5})(?=\.\w+$)/;

type Reason = "modelUnkept" | "modelDiskFull";

/** Why a model was not kept, until it is said. Each reason is said once. */
let unsaid: Reason | undefined;
const said = new Set<Reason>();

/** Why the last model is not kept, as a sentence; nothing where it is, or where that was said before. */
export function whyUnkept(): string | undefined {
  const reason = unsaid;
  unsaid = undefined;
  return reason && t(reason);
}

/** Takes away what is kept of a model: what came of it cannot be used. */
export async function forget(source: string): Promise<void> {
  const shelf = await openShelf().catch(() => undefined);
  for (const [name, { about }] of shelf ? await all(shelf) : []) {
    if (shelf && about.source === source) await remove(shelf, name);
  }
}

/** Notes the hash that the engine has found of a model's file, so that the same file is known at another address. */
export async function noteHash(source: string, hash: string): Promise<void> {
  const shelf = await openShelf();
  const [only, other] = (await all(shelf)).filter(([, { about }]) => about.source === source);
  // The hash of several files is that of none.
  if (only && !other && isWhole(only[1])) await note(shelf, only[0], { ...only[1].about, hash });
}

/** What a write without room fails with. In Chromium it is chance which of them comes first: what is written is a Blob. */
const FULL = ["QuotaExceededError", "NotReadableError"];

function notKept(error?: unknown): void {
  const isFull = error instanceof DOMException && FULL.includes(error.name);
  const reason = isFull ? "modelDiskFull" : "modelUnkept";
  if (!said.has(reason)) unsaid = reason;
  said.add(reason);
}

/** A `fetch` for one model. */
export async function keeping(wish: Wish): Promise<Fetch> {
  await learn("stored");
  return async (address, request) => {
    if (!WEIGHTS.test(address.pathname)) return ask(address, request);
    let refusal: unknown;
    const shelf = await openShelf().catch((error) => {
      refusal = error;
      return undefined;
    });
    const release = shelf && (await hold(address.href));
    if (release) return new Keeping(address, request, wish, shelf).answer(release);
    const answer = await ask(address, request);
    if (!shelf && answer.ok) notKept(refusal);
    return permitted(answer, address, request, wish);
  };
}

/** The only one, in all tabs, that writes this file; undefined where another one does. */
function hold(href: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const held = (lock: Lock | null) => {
      if (lock) return new Promise<void>(resolve);
      resolve(undefined);
      return undefined;
    };
    navigator.locks.request(`unnoise ${href}`, { ifAvailable: true }, held).catch(() => resolve(undefined));
  });
}

/** An answer, once the visitor wants its bytes, or those of the whole set of which it is a shard. */
async function permitted(answer: Response, { href }: URL, { signal }: RequestInit, wish: Wish): Promise<Response> {
  if (!answer.ok) return answer;
  const key = href.replace(SHARD, "");
  const asking = async () => {
    const bytes = (lengthOf(answer) ?? 0) + (await othersOf(href));
    if (bytes > LARGE) await wish.allow(bytes, signal ?? undefined);
  };
  const asked = allowed.get(key) ?? asking();
  allowed.set(key, asked);
  try {
    await asked;
  } catch (error) {
    allowed.delete(key);
    drop(answer);
    throw error;
  }
  return answer;
}

/** Bytes of the other shards of a file's set, as far as the server says. */
async function othersOf(href: string): Promise<number> {
  const count = Math.min(Number(SHARD.exec(href)?.[1] ?? 0), 100);
  const names = Array.from({ length: count }, (_, i) => {
    const [place, all] = [i + 1, count].map((number) => String(number).padStart(5, "0"));
    return href.replace(SHARD, `-${place}-of-${all}`);
  });
  const sizes = await Promise.all(names.map((name) => (name === href ? 0 : weigh(name))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

function drop({ body }: Response): void {
  body?.cancel().catch(() => undefined);
}

/** One request for a file that is kept, or will be. */
class Keeping {
  readonly #address: URL;
  readonly #request: RequestInit;
  readonly #wish: Wish;
  readonly #shelf: FileSystemDirectoryHandle;

  constructor(address: URL, request: RequestInit, wish: Wish, shelf: FileSystemDirectoryHandle) {
    this.#address = address;
    // What is kept here need not be kept in the browser's cache too.
    this.#request = { ...request, cache: "no-store" };
    this.#wish = wish;
    this.#shelf = shelf;
  }

  /** The answer; `release` is called once nothing more will be written. */
  async answer(release: () => void): Promise<Response> {
    try {
      const name = await nameOf(this.#address.href);
      const kept = await find(this.#shelf, name);
      const asked = rangeOf(this.#request);
      if (kept && asked === 0 && isWhole(kept) && (await isStill(kept.about, this.#address, this.#request))) {
        release();
        return wholeAnswer(kept);
      }
      const same = kept || asked > 0 ? undefined : await this.#elsewhere();
      if (same) {
        release();
        return wholeAnswer(same);
      }
      const { answer, from } = await this.#ask(kept, asked);
      if (kept && asked === 0 && isWhole(kept) && versionIn(answer, kept.about)) {
        // The server did not say by HEAD that it is the same.
        drop(answer);
        release();
        return wholeAnswer(kept);
      }
      await permitted(answer, this.#address, this.#request, this.#wish);
      const writer = await this.#writer(answer, name, kept, from);
      if (!writer || !answer.body) {
        release();
        return answer;
      }
      const body = through(answer.body, writer, this.#request.signal, (error) =>
        this.#end(name, writer, release, error),
      );
      const { status, headers } = answer;
      return kept && from > asked ? wholeAnswer(kept, body) : new Response(body, { status, headers });
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The same file from another address: its server calls it by its SHA-256, and the engine has found that of what is kept. */
  async #elsewhere(): Promise<Kept | undefined> {
    const hashed = (await all(this.#shelf)).filter(([, kept]) => kept.about.hash !== undefined && isWhole(kept));
    if (hashed.length === 0) return undefined;
    const answer = await ask(this.#address, { ...this.#request, method: "HEAD" }).catch(() => undefined);
    const etag = answer?.ok && answer.headers.get("etag");
    return hashed.find(([, { about }]) => etag === `"${about.hash}"`)?.[1];
  }

  /** Asks for what is not here yet: `from` says where the answer begins. */
  async #ask(kept: Kept | undefined, asked: number): Promise<{ answer: Response; from: number }> {
    if (!kept || asked > 0 || isWhole(kept) || kept.size === 0) {
      const answer = await ask(this.#address, this.#request);
      return { answer, from: answer.status === 206 ? asked : 0 };
    }
    const headers = { ...this.#request.headers, Range: `bytes=${kept.size}-` };
    const answer = await ask(this.#address, { ...this.#request, headers });
    if (answer.status === 200) return { answer, from: 0 };
    if (restOf(answer, kept)) return { answer, from: kept.size };
    drop(answer);
    return { answer: await ask(this.#address, this.#request), from: 0 };
  }

  /** What writes the answer; undefined where it is not to be kept. */
  async #writer(answer: Response, name: string, kept: Kept | undefined, from: number): Promise<Writer | undefined> {
    try {
      if (answer.status === 206) {
        return kept?.size === from && restOf(answer, kept) ? await Writer.after(this.#shelf, name, kept) : undefined;
      }
      const about = answer.status === 200 ? versionIn(answer) : undefined;
      const { href } = this.#address;
      return about && (await Writer.begin(this.#shelf, name, { ...about, url: href, source: this.#wish.source }));
    } catch (error) {
      await remove(this.#shelf, name);
      notKept(error);
      return undefined;
    }
  }

  /** After the last byte, or where it breaks off: what was written stays, unless writing it failed. */
  async #end(name: string, writer: Writer, release: () => void, error: unknown): Promise<void> {
    if (error !== undefined || writer.isTooLong) await remove(this.#shelf, name);
    if (error !== undefined) notKept(error);
    else if (writer.isWhole && writer.length > LARGE) await navigator.storage.persist().catch(() => false);
    release();
  }
}
