/** Typed access to the elements that index.html promises. */

import { Announcer } from "../ui/announcer.ts";
import { reducedMotion, say } from "../ui/dom.ts";

/** The element with this id, checked to be of the class asked for. Throws when index.html does not keep its promise. */
export function find(id: string): HTMLElement;
export function find<T extends Element>(id: string, type: abstract new () => T): T;
export function find(id: string, type: abstract new () => Element = HTMLElement): Element {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} with the id "${id}"`);
  return element;
}

/** Writes the text of the element with this id. */
export function write(id: string, text: string): void {
  say(find(id), text);
}

/** The radio buttons of one group, in document order. */
export function radios(name: string): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>(`input[type="radio"][name="${name}"]`)];
}

/** The value of the checked radio button of a group; empty when none is. */
export function checked(name: string): string {
  return radios(name).find((radio) => radio.checked)?.value ?? "";
}

/** Checks the radio button with this value. False when the group has none. */
export function check(name: string, value: string): boolean {
  const radio = radios(name).find((candidate) => candidate.value === value);
  if (radio) radio.checked = true;
  return radio !== undefined;
}

let known: Announcer | undefined;

function announcer(): Announcer {
  known ??= new Announcer(find("announce"));
  return known;
}

/** Says a sentence to those who do not see the page. */
export const announce = (sentence: string) => announcer().announce(sentence);

/** Says a sentence to them, unless something was said a moment ago. */
export const mention = (sentence: () => string) => announcer().mention(sentence);

/** The space bar on a slider plays and pauses. */
export function toggleBySpace(slider: HTMLElement, toggle: () => void): void {
  slider.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    toggle();
  });
}

/** Hands a file to the browser, as a link with `download` does. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the address once it has asked where to save: well within a minute.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Whether the visitor's browser asks for little to be downloaded. */
export function savesData(): boolean {
  const connection: unknown = Reflect.get(navigator, "connection");
  return typeof connection === "object" && connection !== null && Reflect.get(connection, "saveData") === true;
}

/** Scrolls to where pictures come, where that is out of sight. */
export function intoView(stage: Element | null): void {
  const { top = 0 } = stage?.getBoundingClientRect() ?? {};
  if (top < 0 || top > innerHeight / 2) stage?.scrollIntoView({ behavior: reducedMotion() ? "auto" : "smooth" });
}
