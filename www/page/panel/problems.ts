/** Says what went wrong in words, beside the control that caused it. */

import { attributeOf, type ControlName, controlFor, NAMES, optionOf } from "../../ui/options.ts";
import { sentence, shortened } from "../../ui/words.ts";
import { checked, find, radios } from "../dom.ts";
import type { Address, AddressProblem } from "../share/address.ts";
import { t } from "../texts.ts";

/** A control that can be at fault: each has a paragraph `<name>-problem` in index.html. */
export type Control = ControlName | "edit" | "frames" | "run";

/** All of them. */
export const CONTROLS = [...new Set<Control>([...NAMES.map(controlFor), "edit", "frames", "run"])];

/** Controls that a run reads: what was said beside them is taken back when one begins. */
export const OF_A_RUN = CONTROLS.filter((control) => control !== "model" && control !== "backend");

/** Options that have no control of their own name, as codes of errors name them. */
const BESIDE: Record<string, Control> = {
  blend: "corners",
  start: "edit",
  known: "edit",
  observed: "edit",
  potential: "edit",
  "mean-sq-eps": "sampler",
  "unknown-option": "run",
};

/** The id of the field that says a parameter. */
export function fieldOf(link: string): string {
  if (/^[bcd]$/.test(link)) return `seed-${link}`;
  const option = optionOf(link);
  return option ? controlFor(option) : link;
}

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
  const said = [message, hint]
    .filter((part) => part !== "")
    .map(ofLibrary ? asSentence : whole)
    .join(" ");
  return ofLibrary ? t("libraryError", { message: said }) : said;
}

/** The control that an error is about; "run" when none can be named. */
export function controlOf(error: unknown): Control {
  const code = codeOf(error);
  const named = BY_CODE[code];
  if (named) return named;
  const option = code.startsWith("invalid-") ? code.slice("invalid-".length) : code;
  const known = NAMES.find((name) => option === name || option === attributeOf(name));
  if (known) return controlFor(known);
  return CONTROLS.find((control) => control === option) ?? BESIDE[option] ?? "run";
}

/** Shows a sentence beside a control, marks the control as invalid, and opens whatever hides it. */
export function showProblem(control: Control, sentence: string): void {
  const paragraph = find(`${control}-problem`);
  paragraph.textContent = sentence;
  for (const input of inputsOf(control)) input.setAttribute("aria-invalid", "true");
  const folded = paragraph.closest("details");
  if (!folded || folded.open) return;
  folded.open = true;
  const panel = find("scroll");
  panel.scrollTop += paragraph.getBoundingClientRect().bottom - panel.getBoundingClientRect().bottom;
}

/** Shows what an address asks for in vain, each beside its control; beside Generate where that control does not show. */
export function showAddressProblems({ problems, origin }: Address): void {
  const sentences = new Map<Control, string[]>();
  for (const problem of problems) {
    const known = CONTROLS.find((candidate) => candidate === problem.control) ?? "run";
    const place = find(`${known}-problem`).closest("[hidden]") ? "run" : known;
    sentences.set(place, [...(sentences.get(place) ?? []), ignored(problem, origin)]);
  }
  for (const [control, said] of sentences) showProblem(control, said.join(" "));
}

/** A parameter that is ignored, in words: what is kept in its place is what its control says, where it has one. */
export function ignored(
  { name, given, reason, kept = settingOf(name) }: Omit<AddressProblem, "control">,
  origin: string,
): string {
  return t(kept === "" ? "ignored" : "ignoredKeeping", { what: `${name}=${shortened(given)}`, origin, kept, reason });
}

function settingOf(name: string): string {
  const field = document.getElementById(fieldOf(name));
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : checked(name);
}

/** Shows an error of the library beside the control that caused it, and brings it into sight. */
export function showError(error: unknown): void {
  showProblem(controlOf(error), sentenceOf(error));
  reveal(controlOf(error));
}

/** Brings a problem into sight: what was pressed or dropped may be far from the control. */
export function reveal(control: Control): void {
  find(`${control}-problem`).scrollIntoView({ block: "nearest" });
}

/** Takes back what was said beside a control. */
export function clearProblem(control: Control): void {
  find(`${control}-problem`).textContent = "";
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
  if (!(error instanceof Error)) return typeof error === "string" ? error : t("unknownError");
  const message = error.message === "" ? t("unknownError") : error.message;
  return message.replaceAll(LONG_WORD, (word) => `${word.slice(0, LONGEST_WORD)}…`);
}

/** A message of the library as a sentence: without marks of code, with a capital and a full stop. */
export function asSentence(text: string): string {
  return whole(text.replaceAll("`", ""));
}

/** A sentence with its full stop also where an address ends it: others follow. */
function whole(text: string): string {
  return sentence(text).replace(/[^.!?]$/, "$&.");
}
