/** Starts the page: reads the address, connects the controls, fetches the engine, and runs one small sample by itself. */

import { reducedMotion } from "../ui/dom.ts";
import { KINDS } from "../ui/options.ts";
import { obstacle } from "../ui/support.ts";
import { App } from "./app.ts";
import { check, find, radios, savesData, write } from "./dom.ts";
import { connectHabits } from "./habits/later.ts";
import { connectLanguage } from "./languages.ts";
import { weigh } from "./model/engine.ts";
import { connectModelPicker } from "./model/picker.ts";
import { connectControls, keepSeed, writeControls } from "./panel/controls.ts";
import { noteChange, noteSet } from "./panel/defaults.ts";
import { numberOr } from "./panel/numbers.ts";
import { FIRST_SAMPLE, rollSeed } from "./settings.ts";
import { type Address, isOfModel, readAddress } from "./share/address.ts";
import { connectSheets } from "./sheets.ts";
import { bytes, speak, t } from "./texts.ts";
import { wasRolled } from "./trail/trail.ts";

/** A control at rest this long is looked at: whether the engine takes its value. */
const REST_MS = 200;

const root = document.documentElement;
root.setAttribute("data-state", "alive");
await globalThis.translated;
speak(root.lang, JSON.parse(find("texts").textContent ?? "{}"));
const hindrance = obstacle();
if (hindrance === undefined) begin();
else {
  root.setAttribute("data-state", "engine");
  write("hindrance", t(hindrance));
}

function begin(): void {
  const address = readAddress(location.search);
  const still = reducedMotion();
  const frugal = savesData();
  // Who names an eta and no sampler means DDIM.
  const asksForEta = address.settings.eta !== undefined || address.problems.some(({ name }) => name === "eta");
  for (const settings of [...(address.table ?? []), address.settings])
    noteSet(Object.keys(settings), isOfModel(address));
  if (asksForEta) noteSet(["sampler"], isOfModel(address));
  for (const settings of address.table ?? []) writeControls(settings);
  writeControls({ seed: rollSeed(), ...(asksForEta && { sampler: "ddim" }), ...address.settings });
  if (address.settings.seed !== undefined) keepSeed(!wasRolled());
  check("backend", address.backend ?? "auto");
  const app = new App();
  const sample = !still && !frugal && !app.isPicture(address);
  const shape = JSON.parse(find("canvas").getAttribute("data-shape") ?? "");
  app.view.idle(sample ? FIRST_SAMPLE.images : numberOr("images", FIRST_SAMPLE.images), shape);
  connect(app, address);
  if (frugal) void app.rest();
  else void app.open(address, !still);
}

/** Connects every button that is not a player's key. */
function connect(app: App, address: Address): void {
  let resting = 0;
  connectControls((control) => {
    noteChange(control);
    clearTimeout(resting);
    resting = window.setTimeout(() => void app.consider(), REST_MS);
  });
  connectSheets(app);
  connectHabits(app);
  connectLanguage(app.journey.trail);
  connectModelPicker(
    (source) => app.load(source),
    (folder) => app.foldersOf(folder),
    () => app.running,
  );
  find("panel", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void app.generate();
    void app.open(address, false);
  });
  find("stop", HTMLButtonElement).addEventListener("click", () => app.stop());
  find("restart", HTMLButtonElement).addEventListener("click", () => void app.restart());
  const smooth = find("smooth", HTMLInputElement);
  smooth.addEventListener("change", () => app.view.setSmooth(smooth.checked));
  for (const radio of radios("backend")) {
    radio.addEventListener("change", () => void app.switchBackend(KINDS.backend.parse(radio.value) ?? "auto"));
  }
  find("more", HTMLDetailsElement).addEventListener("toggle", () => void sayBackendCost(), { once: true });
  document.addEventListener("click", ({ target }) => {
    const opener = target instanceof Element && target.closest("[popovertarget='papers']");
    if (opener)
      document.getElementById(`paper-${opener.getAttribute("data-section")}`)?.scrollIntoView({ block: "nearest" });
  });
}

/** Says what the other modules cost before one of them is chosen. */
async function sayBackendCost(): Promise<void> {
  const costs = [];
  for (const [name, folder] of [
    ["WebGPU", "webgpu"],
    ["burn", "burn"],
  ] as const) {
    const size = await weigh(`./pkg/${folder}/unnoise_bg.wasm`);
    if (size !== undefined) costs.push(t("backendDownload", { name, bytes: bytes(size) }));
  }
  write("backend-cost", costs.join(" "));
}
