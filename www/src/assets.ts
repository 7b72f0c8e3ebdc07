/** Where the package's other files are. */
import { UnnoiseError } from "./errors.ts";
import { base } from "./place.ts";
import type { BackendKind } from "./types.ts";

/** What a worker starts a module from. */
export interface ModuleFiles {
  /** Address of the script that wasm-bindgen made. */
  glue: string;
  /** Its bytes, or the module itself where another worker has compiled it already. */
  wasm: ArrayBuffer | WebAssembly.Module;
}

/** A module's files by their addresses. */
export interface ModuleAssets {
  glue: URL;
  wasm: URL;
  /** The same for browsers with relaxed SIMD; it takes the same glue. */
  relaxed?: URL;
}

/** The files that are fetched at run time, by their addresses. */
export type Assets = { worker: URL } & Record<BackendKind, ModuleAssets>;

/** Where Vite's development server moves a library that another package imports: its script alone, without the files beside it. */
const MOVED = /\/\.[^/]+\/(?:[^/]+\/)*deps\/$/;

/**
 * The files beside this module. Each is written out whole because bundlers look for just this form: they copy the file as it
 * is and put its new address in its place.
 *
 * @throws UnnoiseError "module-failed" where Vite has moved this module away from them.
 */
export function packaged(): Assets {
  const worker = whole(new URL("./worker.js", import.meta.url));
  const { pathname: folder } = new URL(".", worker);
  if (MOVED.test(folder)) {
    const hint = 'Add optimizeDeps: { exclude: ["unnoise"] } to vite.config.js.';
    const message = `Vite has moved the library to ${folder}, away from its other files`;
    throw new UnnoiseError("module-failed", message, { hint });
  }
  return {
    worker,
    cpu: {
      glue: whole(new URL("./cpu/unnoise.js", import.meta.url)),
      wasm: whole(new URL("./cpu/unnoise_bg.wasm", import.meta.url)),
      relaxed: whole(new URL("./cpu/unnoise_relaxed_bg.wasm", import.meta.url)),
    },
    webgpu: {
      glue: whole(new URL("./webgpu/unnoise.js", import.meta.url)),
      wasm: whole(new URL("./webgpu/unnoise_bg.wasm", import.meta.url)),
    },
    burn: {
      glue: whole(new URL("./burn/unnoise.js", import.meta.url)),
      wasm: whole(new URL("./burn/unnoise_bg.wasm", import.meta.url)),
    },
  };
}

/** An address with its origin. Next's bundlers put an object in a URL's place whose `href` is a path and whose `origin` is empty. */
function whole({ href }: URL): URL {
  return new URL(href, base());
}

/** The files in a folder that has them under the package's own names. */
export function inFolder(folder: URL): Assets {
  const module = (kind: BackendKind) => ({
    glue: new URL(`${kind}/unnoise.js`, folder),
    wasm: new URL(`${kind}/unnoise_bg.wasm`, folder),
  });
  return {
    worker: new URL("worker.js", folder),
    cpu: { ...module("cpu"), relaxed: new URL("cpu/unnoise_relaxed_bg.wasm", folder) },
    webgpu: module("webgpu"),
    burn: module("burn"),
  };
}
