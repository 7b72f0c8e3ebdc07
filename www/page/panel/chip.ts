/** The chip at the top: which back end runs, how fast, and why it was chosen. */

import type { Diffuser } from "../../src/index.ts";
import { find, write } from "../dom.ts";
import { backendName, DEVICES, milliseconds, ratio, t } from "../texts.ts";

/** How the engine is: the lamp's colour, and the words beside it. */
type ChipState = "loading" | "ready" | "running" | "failed" | "idle";

/** Why the library chose it, where that is no message of an error: those stay English. */
const REASONS: Record<string, "reasonAsked" | "reasonHardware" | "reasonAtOnce" | "reasonFrugal" | undefined> = {
  "asked for": "reasonAsked",
  "a hardware adapter with WebGPU": "reasonHardware",
  "WebGPU is not measured yet": "reasonAtOnce",
  "data saver is on": "reasonFrugal",
};

/** From so many times as fast on, the chip says how much faster WebGPU is. */
const NOTABLE = 1.05;

/** Writes the chip before an engine runs, or when none does. */
export function chipState(state: Exclude<ChipState, "ready" | "running">): void {
  lamp(state);
  write("backend-text", t(({ loading: "chipLoading", failed: "chipFailed", idle: "chipIdle" } as const)[state]));
}

/** What is known of a running engine; the time is in milliseconds, and absent where nothing was measured. */
interface Readings {
  backend: Diffuser["backend"];
  computing: boolean;
  perImage: number | undefined;
}

/** Writes the chip and its sheet for a running engine. */
export function chipRunning({ backend, computing, perImage }: Readings): void {
  const { workers } = backend;
  const name = backendName(backend);
  const at = workers > 1 ? t("withWorkers", { name, n: workers }) : name;
  lamp(computing ? "running" : "ready");
  const time = perImage === undefined ? undefined : milliseconds(perImage);
  const spoken = time === undefined ? t("chipReady", { name: at }) : t("chipSpeed", { name: at, time });
  write("backend-text", lead(backend) ?? spoken);
  write("info-kind", at);
  write("info-adapter", backend.adapter);
  write("info-reason", reasonOf(backend));
  write("info-speed", time === undefined ? t("unknownSpeed") : t("speed", { time }));
}

/** How much faster WebGPU is than the CPU, where it computes because of that. */
function lead({ kind, timing }: Readings["backend"]): string | undefined {
  const times = (timing?.cpu ?? Number.NaN) / (timing?.webgpu ?? Number.NaN);
  if (kind !== "webgpu" || !timing || !(times >= NOTABLE)) return undefined;
  return t("chipFaster", { name: DEVICES.webgpu, times: ratio(times), n: timing.images });
}

function reasonOf({ reason, timing }: Readings["backend"]): string {
  const key = REASONS[reason];
  if (!timing) return key ? t(key) : reason;
  const { cpu, webgpu, images: n } = timing;
  if (cpu === null || webgpu === null) return t("reasonSlow", { name: DEVICES[cpu === null ? "cpu" : "webgpu"], n });
  return t("reasonMeasured", { cpu: milliseconds(cpu), webgpu: milliseconds(webgpu), n });
}

function lamp(state: ChipState): void {
  find("backend-lamp").setAttribute("data-state", state);
}
