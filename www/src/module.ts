/** A module's way to its worker. */
import { counted, isPage } from "./download.ts";
import { messageOf, UnnoiseError } from "./errors.ts";
import type { BackendKind, LoadProgress } from "./types.ts";

/**
 * Downloads a module on the caller's thread, so that it arrives while its worker is still starting.
 *
 * @throws UnnoiseError "module-failed"; the signal's reason once it aborts.
 */
export async function downloadModule(
  kind: BackendKind,
  wasm: URL,
  report: (progress: LoadProgress) => void,
  signal: AbortSignal | undefined,
): Promise<ArrayBuffer> {
  try {
    const response = await fetch(wasm, signal ? { signal } : {});
    if (!response.ok || isPage(response)) throw new Error(`the server answered ${response.status} for ${wasm.href}`);
    return await counted(response, `${kind}/unnoise_bg.wasm`, report).arrayBuffer();
  } catch (cause) {
    throw signal?.aborted ? signal.reason : moduleFailed(kind, cause);
  }
}

/** A module that could not be downloaded, compiled or started. */
export function moduleFailed(kind: BackendKind, cause: unknown): UnnoiseError {
  const hint = "Check that the package's cpu/ and webgpu/ folders are served beside its worker.js.";
  return new UnnoiseError("module-failed", `the ${kind} module could not be loaded: ${messageOf(cause)}`, {
    hint,
    cause,
  });
}
