/** A button that copies a text, and says for a moment that it has. */
import { say } from "../../ui/dom.ts";
import { announce } from "../dom.ts";
import { texts } from "../texts.ts";

/** How long the button says so, in milliseconds. */
const PRAISE_MS = 1500;

const resting = new WeakMap<HTMLButtonElement, number>();

/** What a button says: that it has copied, that the visitor has to, and what it does. */
interface Words {
  copied: string;
  byHand: string;
  rest(): string;
}

const WORDS: Words = { copied: texts.copied, byHand: texts.copyByHand, rest: () => texts.copy };

/** Copies a text; where the browser does not let a page copy, `select` selects it where it stands. */
export async function copyText(
  button: HTMLButtonElement,
  text: string,
  select: () => void,
  { copied, byHand, rest } = WORDS,
): Promise<void> {
  let said = copied;
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
