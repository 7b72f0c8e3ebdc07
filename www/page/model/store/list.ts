/** The models that are kept in this browser: each can be loaded or deleted. */

import { make } from "../../../ui/dom.ts";
import { shortened } from "../../../ui/words.ts";
import { bytes, learn, t } from "../../texts.ts";
import { isWhole } from "./answers.ts";
import { all, type Kept, openShelf, remove } from "./shelf.ts";

/** Shows what is kept, or nothing where there is none; `load` loads one. */
export async function showStored(box: HTMLElement, load: (source: string) => void): Promise<void> {
  await learn("stored");
  const shelf = await openShelf().catch(() => undefined);
  const found = shelf ? await all(shelf) : [];
  box.hidden = found.length === 0;
  if (!shelf) return;
  const sum = found.reduce((total, [, { size }]) => total + size, 0);
  const forget = async (names: string[], button: HTMLElement) => {
    const at = buttons(box).indexOf(button);
    for (const name of names) await remove(shelf, name);
    await showStored(box, load);
    // The keyboard goes on where it was.
    (buttons(box)[Math.min(at, buttons(box).length - 1)] ?? document.getElementById("model-url"))?.focus();
  };
  const rows = found.map(([name, kept]) => row(kept, load, (button) => forget([name], button)));
  const head = make("p", { class: "label" }, t("storedModels", { bytes: bytes(sum) }));
  const every = button(t("storedDeleteAll"), (it) =>
    forget(
      found.map(([name]) => name),
      it,
    ),
  );
  box.replaceChildren(head, make("ul", {}, ...rows), ...(found.length > 1 ? [every] : []));
}

/** Whether the weights of a folder are here. */
export async function isStored(folder: string): Promise<boolean> {
  const shelf = await openShelf().catch(() => undefined);
  const found = shelf ? await all(shelf) : [];
  return found.some(([, kept]) => isWhole(kept) && kept.about.url.startsWith(folder));
}

function row(
  { about, size }: Kept,
  load: (source: string) => void,
  forget: (button: HTMLElement) => void,
): HTMLElement {
  const { source, length } = about;
  const name = shortened(source.replace(`${location.origin}/`, "/").replace(/^https?:\/\//, ""));
  const here = size === length ? bytes(length) : t("bytesOf", { loaded: bytes(size), total: bytes(length) });
  const open = button(name, () => load(source));
  open.title = source;
  const clear = button(t("storedDelete"), forget);
  clear.setAttribute("aria-label", t("storedDeleteOne", { name }));
  return make("li", { class: "line" }, open, make("span", { class: "hint" }, here), clear);
}

function button(text: string, press: (button: HTMLElement) => void): HTMLElement {
  const made = make("button", { type: "button", class: "quiet" }, text);
  made.addEventListener("click", () => press(made));
  return made;
}

/** Those that delete. */
function buttons(box: HTMLElement): HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>("li button:last-child, ul + button")];
}
