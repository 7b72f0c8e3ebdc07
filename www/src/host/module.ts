/** A module's way to its worker. */
import { messageOf, UnnoiseError } from "../errors.ts";
import { allowance } from "../place.ts";
import type { BackendKind, LoadProgress } from "../types.ts";
import { counted, isPage, refusal } from "./download.ts";
import { fetchOrRead } from "./node.ts";

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
    const response = await fetchOrRead(wasm, signal);
    if (!response.ok || isPage(response)) throw new Error(refusal({ url: wasm, status: response.status }));
    return await counted(response, `${kind}/unnoise_bg.wasm`, report).arrayBuffer();
  } catch (cause) {
    throw signal?.aborted ? signal.reason : moduleFailed(kind, cause);
  }
}

/** What to look at where a file of the package is not there. */
export function filesHint(): string {
  return `Serve the package's worker.js, cpu/, webgpu/ and burn/ together; where they lie elsewhere, the option \`assets\` names their folder. ${allowance()}`;
}

/** A module that could not be downloaded, compiled or started. */
export function moduleFailed(kind: BackendKind | "check", cause: unknown): UnnoiseError {
  return new UnnoiseError("module-failed", `the ${kind} module could not be loaded: ${messageOf(cause)}`, {
    hint: filesHint(),
    cause,
  });
}
