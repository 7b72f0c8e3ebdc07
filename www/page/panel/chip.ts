/** The chip at the top: which back end runs, how fast, and why it was chosen. */

import type { Diffuser } from "../../src/index.ts";
import { find, write } from "../dom.ts";
import { backendName, milliseconds, t } from "../texts.ts";

/** How the engine is: the lamp's colour, and the words beside it. */
type ChipState = "loading" | "ready" | "running" | "failed" | "idle";

/** Why the library chose it, where that is no message of an error: those stay English. */
const REASONS: Record<string, "reasonAsked" | "reasonHardware" | undefined> = {
  "asked for": "reasonAsked",
  "a hardware adapter with WebGPU": "reasonHardware",
};

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
  write("backend-text", time === undefined ? t("chipReady", { name: at }) : t("chipSpeed", { name: at, time }));
  write("info-kind", at);
  write("info-adapter", backend.adapter);
  const key = REASONS[backend.reason];
  write("info-reason", key ? t(key) : backend.reason);
  write("info-speed", time === undefined ? t("unknownSpeed") : t("speed", { time }));
}

function lamp(state: ChipState): void {
  find("backend-lamp").setAttribute("data-state", state);
}
