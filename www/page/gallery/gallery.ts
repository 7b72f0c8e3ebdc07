/** The gallery: the bundled models and those that were trained here. A room of the panel, fetched when it is first opened. */

import { effect } from "@preact/signals-core";
import { render } from "lit-html";
import { addressOf } from "../model/bundled.ts";
import type { Running, Source } from "../model/engine.ts";
import { type KeptModel, MODEL } from "../model/kept.ts";
import { tell } from "../model/told.ts";
import { sentenceOf } from "../panel/problems.ts";
import { t } from "../texts.ts";
import { allKept } from "../train/keep.ts";
import { type Bundled, cards, Store } from "./cards.ts";

/** Shows the models, and which of them is loaded. */
export class Gallery {
  private readonly store = new Store();
  private readonly box: HTMLElement;

  /** Draws into this box; `take` loads what is chosen. */
  constructor(box: HTMLElement, take: (source: Source) => void) {
    this.box = box;
    effect(() => {
      render(cards(this.store, take), box);
    });
  }

  /** Lists the models once more; `focused` moves the keyboard to the one that is loaded. */
  async show(running: Running | undefined, focused: () => boolean): Promise<void> {
    const { store } = this;
    store.problem.value = "";
    const [listed, kept] = await Promise.all([this.listed(), allKept<KeptModel>(MODEL)]);
    for (const [, { files, name }] of kept) tell(files, { name });
    const hash = running?.model.info.hash;
    const trained = kept.map(([name, model]) => ({ name: name.slice(MODEL.length), model }));
    const own = trained.find(({ name }) => name === hash)?.model.files;
    const { folder } = running?.model.info ?? {};
    const bundled = listed
      .map(({ name }) => addressOf(name))
      .find((source) => new URL(source, document.baseURI).href === folder);
    store.loaded.value = bundled ?? own;
    store.trained.value = trained.map(({ model }) => model);
    store.bundled.value = listed;
    const cards = [...this.box.querySelectorAll<HTMLElement>("button")];
    if (focused()) (cards.find((card) => card.ariaCurrent === "true") ?? cards[0])?.focus({ preventScroll: true });
  }

  /** What the build lists. */
  private async listed(): Promise<readonly Bundled[]> {
    if (this.store.bundled.value.length > 0) return this.store.bundled.value;
    try {
      const answer = await fetch(new URL("./models.json", document.baseURI));
      if (!answer.ok) throw new Error(t("roomAbsent", { status: answer.status }));
      return await answer.json();
    } catch (error) {
      this.store.problem.value = sentenceOf(error);
      return [];
    }
  }
}
