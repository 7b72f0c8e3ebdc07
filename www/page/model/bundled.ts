/** The bundled models: models/bundled.json lists them, the one that the page begins with first. What the gallery tells of them is in gallery/cards.ts. */

import models from "../../../models/bundled.json";
import type { Model } from "../../src/index.ts";

const [FIRST = { folder: "", name: "", class: "" }] = models;

/** The model that the page begins with, relative to the page. */
export const BUNDLED = addressOf(FIRST.folder);

/** Its name, and the class whose pictures a first visit begins with. */
export const { name: BUNDLED_NAME, class: BUNDLED_CLASS } = FIRST;

/** The address of a bundled model, as sources and links have it. */
export function addressOf(folder: string): string {
  return `models/${folder}/`;
}

/** What a bundled model is called. */
export function nameOf(folder: string): string {
  return models.find((model) => model.folder === folder)?.name ?? folder;
}

/** The folder of a model that is a bundled one. */
export function bundledIn({ folder }: Pick<Model["info"], "folder">): string | undefined {
  return models.find((model) => folder === new URL(addressOf(model.folder), document.baseURI).href)?.folder;
}

/** An address as sources have it: a bundled model's always in the same words, so that two of them can be compared. */
export function sourceAt(address: string): string {
  const given = address.trim().replace(/\/?$/, "/");
  const { baseURI } = document;
  const name = URL.canParse(given, baseURI) && bundledIn({ folder: new URL(given, baseURI).href });
  return name ? addressOf(name) : address;
}
