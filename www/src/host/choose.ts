/** Chooses the back end, on the page's thread: before anything is downloaded. */
import { messageOf, UnnoiseError } from "../errors.ts";
import { place } from "../place.ts";
import type { BackendKind, DeviceKind, Target } from "../types.ts";
import { withoutStall } from "./stall.ts";

/** A back end and why it is the one. */
export interface Choice extends Target {
  reason: string;
  adapter?: string;
}

export interface Wanted {
  backend: "auto" | BackendKind;
  /** Of burn; undefined: what suits. Of "auto": "webgpu" where that is to be opened, if it is there; undefined: what starts at once. */
  device: DeviceKind | undefined;
}

/** Why "auto" has the CPU before WebGPU was measured. */
const AT_ONCE = "WebGPU is not measured yet";

/** Software adapters by the names they give themselves. */
const SOFTWARE: readonly [RegExp, string][] = [
  [/swiftshader/i, "SwiftShader"],
  [/llvmpipe|lavapipe/i, "llvmpipe"],
  [/basic render/i, "Microsoft Basic Render Driver"],
];

/**
 * Chooses as asked, or by what the browser offers: for burn WebGPU only on a hardware adapter, for a software adapter is slower than the CPU.
 * "auto" has the CPU, and whether WebGPU is faster is measured later: see auto.ts.
 *
 * @param wanted A module and what it is to compute on, as far as they were asked for.
 * @param limit How long the browser may take to name its adapter, in milliseconds.
 * @throws UnnoiseError "webgpu-unavailable" where WebGPU was asked for and cannot run.
 */
export async function choose(wanted: Wanted, limit: number): Promise<Choice> {
  const isBurn = wanted.backend === "burn";
  const on = (device: DeviceKind): Target => ({ kind: isBurn ? "burn" : device, device });
  const isAuto = wanted.backend === "auto";
  const asked = isAuto || isBurn ? wanted.device : wanted.backend;
  if (asked === "cpu") return { ...on("cpu"), reason: "asked for" };
  if (isAuto && asked === undefined) return { ...on("cpu"), reason: AT_ONCE };
  if (isAuto && place.navigator?.connection?.saveData) return { ...on("cpu"), reason: "data saver is on" };
  const { obstacle, software, adapter = "WebGPU" } = await webgpu(isBurn, limit);
  if (needsWebgpu(wanted)) {
    if (obstacle !== undefined) throw unavailable(obstacle);
    return { ...on("webgpu"), reason: "asked for", adapter };
  }
  const reason = obstacle ?? (isAuto ? undefined : software);
  if (reason !== undefined) return { ...on("cpu"), reason };
  return { ...on("webgpu"), reason: "a hardware adapter with WebGPU", adapter };
}

/** Whether nothing but WebGPU will do. */
export function needsWebgpu({ backend, device }: Wanted): boolean {
  return backend === "webgpu" || (backend === "burn" && device === "webgpu");
}

/** WebGPU was asked for and cannot run, with the reason. */
export function unavailable(reason: string, cause?: unknown): UnnoiseError {
  const hint = "Use the CPU, which runs everywhere, or let the library choose.";
  return new UnnoiseError("webgpu-unavailable", `WebGPU cannot be used: ${reason}`, { hint, cause });
}

/** What stands in the way of WebGPU, and what only makes it slow. */
async function webgpu(
  isForBurn: boolean,
  limit: number,
): Promise<{ obstacle?: string; software?: string; adapter?: string }> {
  if (globalThis.isSecureContext === false) return { obstacle: "WebGPU needs a secure page (https or localhost)" };
  if (!globalThis.navigator?.gpu) return { obstacle: "no WebGPU here" };
  const asked = () => navigator.gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  const adapter = await withoutStall(limit, "the browser's WebGPU", asked).catch(messageOf);
  if (!adapter) return { obstacle: "the browser offers no WebGPU adapter" };
  if (typeof adapter === "string") return { obstacle: adapter };
  // CubeCL, on which burn-wgpu stands, panics without it.
  if (isForBurn && !adapter.features.has("timestamp-query")) return { obstacle: "the adapter lacks timestamp-query" };
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const names = [vendor, architecture, device, description].filter(Boolean).join(" ");
  const software =
    SOFTWARE.find(([pattern]) => pattern.test(names))?.[1] ?? (isFallbackAdapter ? "unnamed" : undefined);
  const named = names === "" ? {} : { adapter: names };
  return software === undefined ? named : { ...named, software: `only a software adapter (${software})` };
}
