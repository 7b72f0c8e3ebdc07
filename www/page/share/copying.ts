/** A button that copies a text, and says for a moment that it has. */
import { say } from "../../ui/dom.ts";
import { announce } from "../dom.ts";
import { t } from "../texts.ts";

/** How long the button says so, in milliseconds. */
const PRAISE_MS = 1500;

const resting = new WeakMap<HTMLButtonElement, number>();

/**
 * Copies a text; where the browser does not let a page copy, `select` selects it where it stands, and the button says `byHand`.
 * `rest` is what it says otherwise.
 */
export async function copyText(
  button: HTMLButtonElement,
  text: string,
  select: () => void,
  byHand = t("copyByHand"),
  rest = () => t("copy"),
): Promise<void> {
  let said = t("copied");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    select();
    said = byHand;
  }
  say(button, said);
  announce(said);
  clearTimeout(resting.get(button));
  resting.set(
    button,
    window.setTimeout(() => say(button, rest()), PRAISE_MS),
  );
}
