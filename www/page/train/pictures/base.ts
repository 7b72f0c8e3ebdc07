/** The model whose training goes on: why it cannot, and the classes that it has with a new one. */

import type { Model } from "../../../src/index.ts";
import { classesOf, labelsOf, oneOfEach } from "../../../ui/labels.ts";
import type { Source } from "../../model/engine.ts";
import { ControlError, quoted } from "../../panel/numbers.ts";
import { t } from "../../texts.ts";

/** A model that is loaded. */
export interface Base {
  model: Model;
  source: Source;
  name: string;
}

/** Sides of the pictures that the library trains with, in pixels. */
const SIDES = { least: 4, most: 64 };

/** Characters of a class's name. */
export const LONGEST_NAME = 40;

/** Why the training of a model cannot go on, in a sentence; undefined where it can. */
export function refusal({ model }: Base): string | undefined {
  const [channels, height, width] = model.info.shape;
  if (channels !== 1 && channels !== 3) return t("trainBaseChannels", { channels });
  const fits = Math.min(height, width) >= SIDES.least && Math.max(height, width) <= SIDES.most;
  return fits ? undefined : t("trainBaseSides", { width, height, ...SIDES });
}

/** What tells it from other models. */
export function identityOf({ model: { info } }: Base): string {
  return info.hash;
}

/** A name for a new class that no class of the model has. */
export function freeName(base: Base): string {
  const taken = labelsOf(base.model.info).map(({ name }) => name);
  const word = t("trainClassDefault");
  for (let n = 1; ; n++) {
    const name = n === 1 ? word : `${word} ${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** The names of all classes with a new one, which is the last; undefined for a model without classes. Throws where the name will not do. */
export function namesWith({ model: { info } }: Base, given: string): string[] | undefined {
  const names = labelsOf(info).map(({ name }) => name);
  if (names.length === 0) return undefined;
  const name = given.trim();
  if (name === "") throw new ControlError("", t("trainClassEmpty"));
  if (names.includes(name)) throw new ControlError("", t("trainClassTaken", { name: quoted(name) }));
  return [...names, name];
}

/** The classes of so many pictures: the first half are of the new class, which has this number, the others of those that the model had. */
export function halfOld({ model: { info } }: Base, newClass: number, count: number): number[] {
  const old = oneOfEach(classesOf(info), count / 2);
  return [...old.map(() => newClass), ...old];
}
