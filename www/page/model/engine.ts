/** The library as the page holds it: one engine, one model, and how both are exchanged without losing what works. */

import type { Diffuser, LoadProgress, Model, ModelFiles } from "../../src/index.ts";
import { KINDS, type Value } from "../../ui/options.ts";
import { codeOf } from "../panel/problems.ts";
import { LONGEST_VALUE } from "../share/address.ts";
import { BUNDLED } from "./bundled.ts";
import { keepTiming, keptTimings } from "./timings.ts";

/** What the library's module exports. */
type Library = typeof import("../../src/index.ts");

/** The library is fetched while the page runs, so that a page without it can still say so; what failed is tried again. */
const library = (): Promise<Library> => import(new URL("./pkg/index.js", document.baseURI).href);

/** A model's origin: the address of a diffusers folder, behind it "#size=64,32" where its images are of another size; or files chosen on this computer. */
export type Source = string | ModelFiles;

/** Everything that runs: an engine with a model in it. */
export interface Running {
  diffuser: Diffuser;
  model: Model;
  source: Source;
  backend: Value<"backend">;
  /** Why the model is not kept for the next visit, where that is to be said. */
  note?: string | undefined;
}

/** Who waits for a download: hears of its bytes, and is asked where they are many. */
export interface Visitor {
  progress: (progress: LoadProgress) => void;
  /** Resolves where so many bytes of a model may be downloaded. */
  allow: (bytes: number, source: string, signal: AbortSignal | undefined) => Promise<void>;
  /** Hears that another back end computes, or why it is this one. */
  moved: () => void;
}

/** Opens engines and loads models. What runs is replaced only by what has proved to work. */
export class Engine {
  /** What runs now; undefined until the first engine is open and its model loaded. */
  running: Running | undefined;
  private readonly visitor: Visitor;

  /** `visitor` hears of every download. */
  constructor(visitor: Visitor) {
    this.visitor = visitor;
  }

  /** Opens an engine, then loads a model into it; both take the place of what ran before. A failure leaves that as it was. */
  async open(backend: Value<"backend">, source: Source, signal?: AbortSignal): Promise<Running> {
    const { Diffuser } = await library();
    const diffuser = await Diffuser.create({
      backend,
      onProgress: this.visitor.progress,
      timings: keptTimings(),
      onBackend: (told) => {
        keepTiming(told);
        this.visitor.moved();
      },
    });
    try {
      const loaded = await this.bring(diffuser, source, signal);
      const before = this.running;
      this.running = { diffuser, backend, ...loaded };
      before?.diffuser.dispose();
      return this.running;
    } catch (error) {
      diffuser.dispose();
      throw error;
    }
  }

  /** Notes that what runs is what was asked for, and is to stay. */
  ask(backend: Value<"backend">): void {
    if (!this.running) return;
    this.running.diffuser.keepBackend();
    this.running = { ...this.running, backend };
  }

  /** Loads another model into the engine that runs. A failure leaves the model that was there. */
  async load(source: Source, signal?: AbortSignal): Promise<Running> {
    const before = this.running;
    if (!before) throw new Error("no engine is open");
    this.running = { ...before, ...(await this.bring(before.diffuser, source, signal)) };
    return this.running;
  }

  /** Loads a model into an engine. What another site or folder has of it is kept for the next visit, unless it is damaged. */
  private async bring(diffuser: Diffuser, source: Source, signal?: AbortSignal) {
    const [from, size] = partsOf(source);
    const name = typeof from === "string" && from !== BUNDLED ? from : undefined;
    const store = name === undefined ? undefined : await openStore();
    const allow = (bytes: number, asked?: AbortSignal) => this.visitor.allow(bytes, name ?? "", asked);
    const fetch = await store?.keeping({ source: name ?? "", allow });
    const options = {
      onProgress: this.visitor.progress,
      ...(size && { size }),
      ...(signal && { signal }),
      ...(fetch && { fetch }),
    };
    try {
      const model = await diffuser.load(from, options);
      store?.noteHash(name ?? "", model.info.hash).catch(() => undefined);
      return { model, source: withSize(placeOf(from, model), size), note: store?.whyUnkept() };
    } catch (error) {
      if (/^(weights|tensor|download)-/.test(codeOf(error))) await store?.forget(name ?? "");
      throw error;
    }
  }

  /** The folders that an address stands for, in the order they are tried. */
  async folders(address: string): Promise<URL[]> {
    return (await library()).modelFolders(address);
  }

  /** A new engine with the same model, after a crash. */
  async restart(signal: AbortSignal): Promise<Running> {
    const before = this.running;
    if (!before) throw new Error("no engine is open");
    return this.open(before.backend, before.source, signal);
  }
}

/** An origin, and the size that stands behind it. */
export function partsOf<S extends Source>(source: S): [source: S | string, size?: Value<"size"> | undefined] {
  const [address = "", size] = typeof source === "string" ? source.split("#size=") : [];
  return size === undefined ? [source] : [address, KINDS.size.parse(size)];
}

/** An origin with a size behind it. */
export function withSize<S extends Source>(source: S, size: Value<"size"> | undefined): S | string {
  return size && typeof source === "string" ? `${source}#size=${size}` : source;
}

/** What keeps models; nothing where it cannot be had, for then a model is loaded all the same. */
export function openStore() {
  return import("./store/keeping.ts").catch(() => undefined);
}

/** Where a model proved to be, for links and code that lead there. A folder of the page's own stays as it was given. */
function placeOf(source: Source, { info }: Model): Source {
  if (typeof source !== "string" || info.folder === undefined) return source;
  const given = new URL(source, document.baseURI).href;
  return info.folder === given || info.folder === `${given}/` ? source : info.folder;
}

/** Bytes that fetching this address will take, asked of its server; undefined when it does not say, or the address is too long. */
export async function weigh(address: string): Promise<number | undefined> {
  return (await lookAt(address))?.bytes;
}

/** A server that does not say within this time what it has is taken to have nothing, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Whether a file is there, and its length, where its server says that. */
async function lookAt(address: string): Promise<{ bytes: number | undefined } | undefined> {
  if (address.length > LONGEST_VALUE) return undefined;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(new URL(address, document.baseURI), { method: "HEAD", signal });
    const length = Number(answer.headers.get("content-length"));
    const isPage = answer.headers.get("content-type")?.includes("text/html") ?? false;
    return answer.ok && !isPage ? { bytes: length > 0 ? length : undefined } : undefined;
  } catch {
    return undefined;
  }
}

/** The file of weights in a diffusers folder. */
export function weightsFile(variant: "fp16" | undefined): string {
  return `diffusion_pytorch_model${variant ? `.${variant}` : ""}.safetensors`;
}

/** The largest index of files that is read, in bytes: the library's limit of a JSON file. */
const LARGEST_INDEX = 8_000_000;

/** Where a folder has its weights, and how many bytes they are, as far as its server says; `address` is what was asked for, where it is another. */
export async function findWeights(folder: string, address = folder) {
  const files = (await library()).weightsFiles(address);
  for (const part of files.length === 1 ? [""] : ["unet/", "", "unet_ema/"]) {
    if (!(await lookAt(`${folder}${part}config.json`))) continue;
    for (const file of files) {
      const found = await lookAt(folder + part + file);
      if (!found) continue;
      const isIndex = file.endsWith(".json");
      const bytes = isIndex ? await weighShards(folder + part, file, found.bytes) : found.bytes;
      return { part, variant: file.includes(".fp16.") ? ("fp16" as const) : undefined, bytes };
    }
  }
  return undefined;
}

/** The bytes of all files that an index names; undefined where not all of them are known. */
async function weighShards(folder: string, index: string, length = LARGEST_INDEX + 1): Promise<number | undefined> {
  if (length > LARGEST_INDEX) return undefined;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(new URL(folder + index, document.baseURI), { signal });
    const { weight_map: map }: { weight_map: Record<string, unknown> } = await answer.json();
    const names = [...new Set(Object.values(map))].map(String);
    // More are refused.
    if (names.length > 100) return undefined;
    const sizes = await Promise.all(names.map((name) => weigh(folder + name)));
    return sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0);
  } catch {
    return undefined;
  }
}
