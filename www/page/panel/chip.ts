/** The chip at the top: which back end runs, how fast, and why it was chosen. */

import type { Diffuser } from "../../src/index.ts";
import { find, write } from "../dom.ts";
import { texts } from "../texts.ts";

/** How the engine is: the lamp's colour, and the words beside it. */
type ChipState = "loading" | "ready" | "running" | "failed" | "idle";

/** Writes the chip before an engine runs, or when none does. */
export function chipState(state: Exclude<ChipState, "ready" | "running">): void {
  lamp(state);
  write("backend-text", { loading: texts.chipLoading, failed: texts.chipFailed, idle: texts.chipIdle }[state]);
}

/** What is known of a running engine; times are in milliseconds, and absent where nothing was measured. */
interface Readings {
  backend: Diffuser["backend"];
  computing: boolean;
  perStep: number | undefined;
  perImage: number | undefined;
}

/** Writes the chip and its sheet for a running engine. */
export function chipRunning({ backend, computing, perStep, perImage }: Readings): void {
  const name = texts.backendName(backend);
  const at = texts.backend(name, backend.workers);
  lamp(computing ? "running" : "ready");
  write("backend-text", perStep === undefined ? texts.chipReady(at) : texts.chipSpeed(at, perStep));
  write("info-kind", at);
  write("info-adapter", backend.adapter);
  write("info-reason", backend.reason);
  write("info-speed", perImage === undefined ? texts.unknownSpeed : texts.speed(perImage));
}

function lamp(state: ChipState): void {
  find("backend-lamp").setAttribute("data-state", state);
}
