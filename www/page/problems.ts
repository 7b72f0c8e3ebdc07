/** Says what went wrong in words, beside the control that caused it. */

import { shortened } from "../ui/words.ts";
import type { Address, AddressProblem } from "./address.ts";
import { checked, find, radios } from "./dom.ts";
import { texts } from "./texts.ts";

/** The controls that can be at fault: each has a paragraph `<name>-problem` in index.html. */
export const CONTROLS = [
  "model",
  "class",
  "sampler",
  "eta",
  "variance",
  "sigma-clip",
  "steps",
  "images",
  "seed",
  "corners",
  "frames",
  "branch",
  "trajectory",
  "clip",
  "guidance",
  "rng",
  "backend",
  "run",
] as const;

/** A control, by the name of its option in the API. */
export type Control = (typeof CONTROLS)[number];

/** Names under which the API knows a control's option. */
const ALIASES: Record<string, Control> = {
  labels: "class",
  batch: "images",
  seeds: "seed",
  first: "seed",
  blend: "corners",
  "mean-sq-eps": "sampler",
  "unknown-option": "run",
};

/** Ids of the fields that are not called as their parameter. */
export const FIELDS: Record<string, string> = { sigmaClip: "sigma-clip", b: "seed-b", c: "seed-c", d: "seed-d" };

/** Names of errors that a control causes without being named in their code. */
const BY_CODE: Record<string, Control> = {
  "webgpu-unavailable": "backend",
  "self-test-failed": "backend",
  "module-failed": "backend",
};

/** A word of a message longer than this is cut, in characters. */
const LONGEST_WORD = 300;
const LONG_WORD = new RegExp(String.raw`\S{${LONGEST_WORD},}`, "g");

/** The code of an error, where it has one; the library's errors all do. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** An error as one or two sentences: its message, and what to do about it. */
export function sentenceOf(error: unknown): string {
  const message = messageOf(error);
  const hint =
    typeof error === "object" && error !== null && "hint" in error && typeof error.hint === "string" ? error.hint : "";
  const ofLibrary = error instanceof Error && error.name === "UnnoiseError";
  return [message, hint]
    .filter((part) => part !== "")
    .map(ofLibrary ? asSentence : whole)
    .join(" ");
}

/** The control that an error is about; "run" when none can be named. */
export function controlOf(error: unknown): Control {
  const code = codeOf(error);
  const named = BY_CODE[code];
  if (named) return named;
  const option = code.startsWith("invalid-") ? code.slice("invalid-".length) : code;
  return CONTROLS.find((control) => control === option) ?? ALIASES[option] ?? "run";
}

/** Shows a sentence beside a control, marks the control as invalid, and opens whatever hides it. */
export function showProblem(control: Control, sentence: string): void {
  const paragraph = find(`${control}-problem`, HTMLElement);
  paragraph.textContent = sentence;
  for (const input of inputsOf(control)) input.setAttribute("aria-invalid", "true");
  const folded = paragraph.closest("details");
  if (!folded || folded.open) return;
  folded.open = true;
  const panel = find("scroll", HTMLElement);
  panel.scrollTop += paragraph.getBoundingClientRect().bottom - panel.getBoundingClientRect().bottom;
}

/** Shows what an address asks for in vain, each beside its control; beside Generate where that control does not show. */
export function showAddressProblems({ problems, origin }: Address): void {
  const sentences = new Map<Control, string[]>();
  for (const problem of problems) {
    const known = CONTROLS.find((candidate) => candidate === problem.control) ?? "run";
    const place = find(`${known}-problem`, HTMLElement).closest("[hidden]") ? "run" : known;
    sentences.set(place, [...(sentences.get(place) ?? []), ignored(problem, origin)]);
  }
  for (const [control, said] of sentences) showProblem(control, said.join(" "));
}

/** A parameter that is ignored, in words: what is kept in its place is what its control says, where it has one. */
export function ignored(
  { name, given, reason }: Omit<AddressProblem, "control">,
  origin: string,
  kept: string = settingOf(name),
): string {
  return texts.ignored(`${name}=${shortened(given)}`, origin, kept, reason);
}

function settingOf(name: string): string {
  const field = document.getElementById(FIELDS[name] ?? name);
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : checked(name);
}

/** Shows an error of the library beside the control that caused it. */
export function showError(error: unknown): void {
  showProblem(controlOf(error), sentenceOf(error));
}

/** Takes back what was said beside a control. */
export function clearProblem(control: Control): void {
  find(`${control}-problem`, HTMLElement).textContent = "";
  for (const input of inputsOf(control)) input.removeAttribute("aria-invalid");
}

/** Takes back what was said about these controls, or about all. */
export function clearProblems(controls: readonly Control[] = CONTROLS): void {
  for (const control of controls) clearProblem(control);
}

function inputsOf(control: Control): Element[] {
  const ids = control === "model" ? ["model-url"] : [control];
  const single = ids.map((id) => document.getElementById(id)).filter((element) => element !== null);
  return [...single.filter((element) => element.matches("input, select")), ...radios(control)];
}

/** An error's own words. An address, or what else is one long word, is cut. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === "string" ? error : texts.unknownError;
  const message = error.message === "" ? texts.unknownError : error.message;
  return message.replaceAll(LONG_WORD, (word) => `${word.slice(0, LONGEST_WORD)}…`);
}

/** A message of the library as a sentence: without marks of code, with a capital and a full stop. */
export function asSentence(text: string): string {
  return whole(text.replaceAll("`", ""));
}

function whole(text: string): string {
  const trimmed = text.trim();
  const isAddress = /^[a-z]+:/.test(trimmed);
  const capital = isAddress ? trimmed : trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
