/** The bundled models: models/bundled.json lists them, the one that the page begins with first. What the gallery tells of them is in gallery/cards.ts. */

import models from "../../../models/bundled.json";
import type { Model } from "../../src/index.ts";

const FOLDER = "models/";
const [FIRST] = models;
if (!FIRST) throw new Error("models/bundled.json lists no model");

/** The model that the page begins with, relative to the page. */
export const BUNDLED = addressOf(FIRST.folder);

/** Its name, and the class whose pictures a first visit begins with. */
export const BUNDLED_NAME = FIRST.name;
export const BUNDLED_CLASS = FIRST.class;

/** The address of a bundled model, as sources and links have it. */
export function addressOf(folder: string): string {
  return `${FOLDER}${folder}/`;
}

/** What a bundled model is called. */
export function nameOf(folder: string): string {
  return models.find((model) => model.folder === folder)?.name ?? folder;
}

/** The folder of a model that is a bundled one. */
export function bundledIn({ folder }: Model["info"]): string | undefined {
  return models.find((model) => new URL(addressOf(model.folder), document.baseURI).href === folder)?.folder;
}

/** An address as sources have it: a bundled model's always in the same words, so that two of them can be compared. */
export function sourceAt(address: string): string {
  const href = (text: string) => (URL.canParse(text, document.baseURI) ? new URL(text, document.baseURI).href : text);
  const asked = href(address.trim()).replace(/\/?$/, "/");
  return models.map(({ folder }) => addressOf(folder)).find((own) => href(own) === asked) ?? address;
}
