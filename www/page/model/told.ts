/** What the page knows of a model from files beside the files themselves: its folder's name, and what was chosen among its files. */

import { t } from "../texts.ts";
import { bundledIn, nameOf } from "./bundled.ts";
import type { Running, Source } from "./engine.ts";

interface Told {
  name?: string | undefined;
  /** Among its weights' files. */
  choice?: string;
  /** Among the folders with a network. */
  part?: string | undefined;
}

const told = new WeakMap<object, Told>();

/** Tells more of a model from files. */
export function tell(model: object, more: Told): void {
  told.set(model, { ...told.get(model), ...more });
}

/** What was told of a model; nothing of one with an address. */
export function toldOf(source: Source): Told {
  return typeof source === "string" ? {} : (told.get(source) ?? {});
}

/** What a model is called. */
export function modelName({ source, model }: Pick<Running, "source" | "model">): string {
  const bundled = bundledIn(model.info);
  return bundled ? nameOf(bundled) : (model.info.name ?? toldOf(source).name ?? t("localModel"));
}
