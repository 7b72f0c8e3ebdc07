/** Chooses the back end, on the page's thread: before anything is downloaded. */
import { UnnoiseError } from "./errors.ts";
import type { BackendKind } from "./types.ts";

/** A back end and why it is the one. */
export interface Choice {
  kind: BackendKind;
  /** An English phrase. */
  reason: string;
}

/** Software adapters by the names they give themselves. */
const SOFTWARE: readonly [RegExp, string][] = [
  [/swiftshader/i, "SwiftShader"],
  [/llvmpipe|lavapipe/i, "llvmpipe"],
  [/basic render/i, "Microsoft Basic Render Driver"],
];

/**
 * Chooses as asked, or by what the browser offers: WebGPU only on a hardware adapter with `timestamp-query`, for a
 * software adapter is slower than the CPU module.
 *
 * @throws UnnoiseError "webgpu-unavailable" where WebGPU was asked for and cannot run.
 */
export async function choose(wanted: "auto" | BackendKind): Promise<Choice> {
  if (wanted === "cpu") return { kind: "cpu", reason: "asked for" };
  const offer = await webgpu();
  if (wanted === "auto") {
    const obstacle = offer.obstacle ?? offer.software;
    return obstacle ? { kind: "cpu", reason: obstacle } : { kind: "webgpu", reason: "a hardware adapter with WebGPU" };
  }
  if (offer.obstacle) throw unavailable(offer.obstacle);
  return { kind: "webgpu", reason: "asked for" };
}

/** WebGPU was asked for and cannot run, with the reason. */
export function unavailable(reason: string, cause?: unknown): UnnoiseError {
  const hint = 'Take the back end "cpu", which runs everywhere, or "auto".';
  return new UnnoiseError("webgpu-unavailable", `WebGPU cannot be used: ${reason}`, { hint, cause });
}

/** What stands in the way of WebGPU, and what only makes it slow. */
async function webgpu(): Promise<{ obstacle?: string; software?: string }> {
  if (!isSecureContext) return { obstacle: "WebGPU needs a secure page (https or localhost)" };
  if (!("gpu" in navigator)) return { obstacle: "no WebGPU in this browser" };
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return { obstacle: "the browser offers no WebGPU adapter" };
  if (!adapter.features.has("timestamp-query")) return { obstacle: "the adapter lacks timestamp-query" };
  return software(adapter.info);
}

function software(info: GPUAdapterInfo): { software?: string } {
  const names = [info.vendor, info.architecture, info.device, info.description].join(" ");
  const name = SOFTWARE.find(([pattern]) => pattern.test(names))?.[1];
  if (name === undefined && !info.isFallbackAdapter) return {};
  return { software: `only a software adapter (${name ?? "unnamed"})` };
}
