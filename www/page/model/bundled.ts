/** The bundled models, by their folders. What the gallery tells of them is in gallery/cards.ts. */

import type { Model } from "../../src/index.ts";

const FOLDER = "./models/";
const NAMES: Record<string, string> = { "fashion-mnist": "Fashion-MNIST", emoji: "Emoji" };

/** The model that the page begins with, relative to the page. */
export const BUNDLED = `${FOLDER}fashion-mnist/`;

/** Its name. */
export const BUNDLED_NAME = "Fashion-MNIST";

/** The address of a bundled model, as sources and links have it. */
export function addressOf(folder: string): string {
  return `${FOLDER}${folder}/`;
}

/** What a bundled model is called. */
export function nameOf(folder: string): string {
  return NAMES[folder] ?? folder;
}

/** The folder of a model that is a bundled one. */
export function bundledIn({ folder }: Model["info"]): string | undefined {
  return Object.keys(NAMES).find((name) => new URL(addressOf(name), document.baseURI).href === folder);
}
