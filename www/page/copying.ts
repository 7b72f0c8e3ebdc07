/** A button that copies a text, and says that it has. */

import { say } from "./dom.ts";
import { texts } from "./texts.ts";

/** How long the button says so, in milliseconds. */
const PRAISE_MS = 1500;

/** Copies the text; selects it where it stands on the page where the browser does not let a page copy. */
export async function copyText(button: HTMLButtonElement, text: string, shown: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(button, texts.copied);
  } catch {
    getSelection()?.selectAllChildren(shown);
    say(button, texts.copyByHand);
  }
  setTimeout(() => say(button, texts.copy), PRAISE_MS);
}
