/** Chooses the back end, on the page's thread: before anything is downloaded. */
import { messageOf, UnnoiseError } from "./errors.ts";
import { withoutStall } from "./stall.ts";
import type { BackendKind } from "./types.ts";

/** A back end and why it is the one. */
export interface Choice {
  kind: BackendKind;
  /** An English phrase. */
  reason: string;
  /** The graphics adapter by the names it gives. */
  adapter?: string;
}

/** Software adapters by the names they give themselves. */
const SOFTWARE: readonly [RegExp, string][] = [
  [/swiftshader/i, "SwiftShader"],
  [/llvmpipe|lavapipe/i, "llvmpipe"],
  [/basic render/i, "Microsoft Basic Render Driver"],
];

/**
 * Chooses as asked, or by what the browser offers: WebGPU only on a hardware adapter, for a software adapter is slower than the CPU module.
 *
 * @param limit How long the browser may take to name its adapter, in milliseconds.
 * @throws UnnoiseError "webgpu-unavailable" where WebGPU was asked for and cannot run.
 */
export async function choose(wanted: "auto" | BackendKind, limit: number): Promise<Choice> {
  if (wanted === "cpu") return { kind: "cpu", reason: "asked for" };
  const { obstacle, software, adapter = "WebGPU" } = await webgpu(limit);
  if (wanted === "webgpu") {
    if (obstacle !== undefined) throw unavailable(obstacle);
    return { kind: "webgpu", reason: "asked for", adapter };
  }
  const reason = obstacle ?? software;
  if (reason !== undefined) return { kind: "cpu", reason };
  return { kind: "webgpu", reason: "a hardware adapter with WebGPU", adapter };
}

/** WebGPU was asked for and cannot run, with the reason. */
export function unavailable(reason: string, cause?: unknown): UnnoiseError {
  const hint = 'Take the back end "cpu", which runs everywhere, or "auto".';
  return new UnnoiseError("webgpu-unavailable", `WebGPU cannot be used: ${reason}`, { hint, cause });
}

/** What stands in the way of WebGPU, and what only makes it slow. */
async function webgpu(limit: number): Promise<{ obstacle?: string; software?: string; adapter?: string }> {
  if (globalThis.isSecureContext === false) return { obstacle: "WebGPU needs a secure page (https or localhost)" };
  if (!globalThis.navigator?.gpu) return { obstacle: "no WebGPU here" };
  const asked = () => navigator.gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  const adapter = await withoutStall(limit, "the browser's WebGPU", asked).catch(messageOf);
  if (!adapter) return { obstacle: "the browser offers no WebGPU adapter" };
  if (typeof adapter === "string") return { obstacle: adapter };
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const names = [vendor, architecture, device, description].filter(Boolean).join(" ");
  const software =
    SOFTWARE.find(([pattern]) => pattern.test(names))?.[1] ?? (isFallbackAdapter ? "unnamed" : undefined);
  const named = names === "" ? {} : { adapter: names };
  return software === undefined ? named : { ...named, software: `only a software adapter (${software})` };
}
