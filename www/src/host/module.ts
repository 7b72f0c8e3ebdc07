/** A module's way to its worker, and which build of it the browser can compile. */
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
    const response = await fetchOrRead(wasm, signal ? { signal } : {});
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
export function moduleFailed(
  kind: BackendKind | "averaging" | "check" | "shards" | "training",
  cause: unknown,
): UnnoiseError {
  const message = `the ${kind} module could not be loaded: ${messageOf(cause)}`;
  return new UnnoiseError("module-failed", message, { hint: filesHint(), cause });
}

/** A module whose one function is f32x4.relaxed_madd of three vectors. */
const RELAXED = [
  [0, 97, 115, 109, 1, 0, 0, 0],
  // One type: nothing in, a vector out; one function of it.
  [1, 5, 1, 96, 0, 1, 123],
  [3, 2, 1, 0],
  // Its code: three times a number in all lanes, then the instruction.
  [10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11],
];

/** Whether the browser has relaxed SIMD, whose fused multiply-add makes the CPU module faster (a fifth on the machine of docs/bench.md). */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(Uint8Array.from(RELAXED.flat()));
}
