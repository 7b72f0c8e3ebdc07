/** A run as JSON: what was asked for, what was planned, where it ran, and how long each step took. */

import { optionsOf } from "../share/code.ts";
import type { Saved } from "./saved.ts";

/** Version of this layout. */
const VERSION = 1;

/** The whole record, indented for reading. */
export function runJson({ made, parameters, record: further }: Saved): string {
  const { info, source, plan, backend } = made;
  const { name, hash, shape, parameters: weights, labels, scheduler } = info;
  const record = {
    unnoise: { run: VERSION },
    parameters,
    options: optionsOf(made),
    model: {
      ...(typeof source === "string" && { address: new URL(source, document.baseURI).href }),
      ...(name !== undefined && { name }),
      ...(hash !== undefined && { hash }),
      shape,
      weights,
      ...(labels && { labels }),
      scheduler,
    },
    backend,
    ...further,
    plan,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
