/** A button that copies a text, and says for a moment that it has. */
import { signal } from "@preact/signals-core";
import { html } from "lit-html";
import { announce } from "../dom.ts";
import { t } from "../texts.ts";

/** How long the button says so, in milliseconds. */
const PRAISE_MS = 1500;

/** Such a button, wherever it is drawn. */
export class Copier {
  /** What the button says for a moment. */
  readonly said = signal("");
  private resting = 0;

  /** The button. `rest` is what it says otherwise. */
  view(
    id: string,
    press: () => void,
    { rest = t("copy"), look = "plain small", disabled = false, hidden = false } = {},
  ) {
    return html`<button type="button" class=${look} id=${id} ?disabled=${disabled} ?hidden=${hidden}
      @click=${press}>${this.said.value || rest}</button>`;
  }

  /** Copies a text; where the browser does not let a page copy, `select` selects it where it stands, and the button says `byHand`. */
  async copy(text: string, select: () => void, byHand = t("copyByHand")): Promise<void> {
    let said = t("copied");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      select();
      said = byHand;
    }
    this.said.value = said;
    announce(said);
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => Object.assign(this.said, { value: "" }), PRAISE_MS);
  }
}
