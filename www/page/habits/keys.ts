/** The keyboard: what each key does, and the sheet that says so. */

import { html, render } from "lit-html";
import { find } from "../dom.ts";
import { type Key, t } from "../texts.ts";
import type { Large } from "./large.ts";
import type { Undo } from "./undo.ts";

/** Whether keys without Ctrl are listened to is kept between visits: some are pressed by speech or by accident. */
const STORE = "unnoise.keys";

/** What keys do. */
interface Parts {
  undo: Undo;
  large: Large;
}

interface Shortcut {
  /** As `KeyboardEvent.key` has it, in small letters; several do the same. */
  keys: string[];
  /** As it is shown. */
  shown: string;
  does: Key;
  act(parts: Parts, key: string): void;
}

const press = (id: string) => find(id, HTMLButtonElement).click();

const SHORTCUTS: readonly Shortcut[] = [
  { keys: ["g"], shown: "G", does: "keyGenerate", act: () => press("generate") },
  { keys: ["s"], shown: "S", does: "keyStop", act: () => press("stop") },
  { keys: [" ", "k"], shown: "K", does: "keyPlay", act: () => press(playOf()) },
  {
    keys: ["arrowleft", "arrowright"],
    shown: "← →",
    does: "keyStep",
    act: (_, key) => press(key === "arrowleft" ? "back" : "forward"),
  },
  { keys: ["r"], shown: "R", does: "keyRoll", act: () => press("dice") },
  { keys: ["v"], shown: "V", does: "keyLarge", act: ({ large }) => large.open(0) },
  { keys: ["u"], shown: "U, Ctrl+Z", does: "keyUndo", act: ({ undo }) => undo.undo() },
  { keys: ["l"], shown: "L", does: "keyShare", act: () => press("share-open") },
  { keys: ["d"], shown: "D", does: "keySave", act: () => press("save-open") },
  {
    keys: ["1", "2", "3", "4", "5", "6"],
    shown: "1 – 6",
    does: "keyViews",
    act: (_, key) => document.querySelectorAll<HTMLElement>("#tabs [role=tab]")[Number(key) - 1]?.click(),
  },
  { keys: ["?"], shown: "?", does: "keyHelp", act: () => find("keys").togglePopover() },
];

/** Listens to keys that nothing else is there for. */
export class Keys {
  private readonly parts: Parts;
  private readonly sheet = document.createElement("div");

  constructor(parts: Parts) {
    this.parts = parts;
    Object.assign(this.sheet, { id: "keys", className: "sheet", popover: "auto", role: "dialog" });
    this.sheet.setAttribute("aria-labelledby", "keys-title");
    find("announce").before(this.sheet);
    this.draw();
    document.addEventListener("keydown", (event) => this.press(event));
  }

  /** Shows the sheet. */
  show(): void {
    this.sheet.showPopover();
  }

  /** Does what a key is for. */
  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.isComposing || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      const back = key === "z" && !event.shiftKey;
      const forth = key === "y" || (key === "z" && event.shiftKey);
      const { undo } = this.parts;
      if ((back && undo.undo()) || (forth && undo.redo())) event.preventDefault();
      return;
    }
    const shortcut = SHORTCUTS.find(({ keys }) => keys.includes(key));
    if (!shortcut || (!listens() && key !== "?") || isTaken(event.target, key)) return;
    const inTheWay = key === "?" ? "dialog[open]" : ":popover-open, dialog[open]";
    if (document.querySelector(inTheWay)) return;
    event.preventDefault();
    shortcut.act(this.parts, key);
  }

  private draw(): void {
    const toggle = ({ target }: Event) => {
      if (target instanceof HTMLInputElement) listen(target.checked);
    };
    const row = ({ shown, does }: Shortcut) => html`<dt><kbd>${shown}</kbd></dt><dd>${t(does)}</dd>`;
    render(
      html`<h2 id="keys-title">${t("keysTitle")}</h2>
        <dl class="facts">${SHORTCUTS.map(row)}</dl>
        <label class="check"><input type="checkbox" id="keys-on" .checked=${listens()} @change=${toggle} /> <span>${t("keysOn")}</span></label>
        <p><button type="button" class="plain" popovertarget="keys" popovertargetaction="hide">${t("keysClose")}</button></p>`,
      this.sheet,
    );
  }
}

/** The key that plays in the view that is shown. */
function playOf(): string {
  const view = document.body.getAttribute("data-view");
  return { interpolate: "morph-play", edit: "edit-play", train: "train-play" }[view ?? ""] ?? "play";
}

/** Whether letters go into a text. */
function isTyping(target: EventTarget | null): boolean {
  const texts = "textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=button])";
  return target instanceof Element && target.closest(`${texts}, [contenteditable]`) !== null;
}

/** Whether what has the focus needs the key itself: a slider its arrows, a button the space bar, the easel both. */
function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element) || (key !== " " && !key.startsWith("arrow"))) return false;
  return (
    target.closest("input, button, summary, a, [role=application], [role=tab], [tabindex]:not([tabindex='-1'])") !==
    null
  );
}

function listens(): boolean {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}

function listen(on: boolean): void {
  try {
    localStorage.setItem(STORE, on ? "on" : "off");
  } catch {
    // Where the browser stores nothing, the keys stay as they are.
  }
}
