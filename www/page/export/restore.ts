/** Reads settings back out of what was saved: a PNG with its text, or the JSON of a run. */

import { type Address, readAddress } from "../address.ts";
import { linkTo, type Parameters } from "../share-link.ts";
import { save } from "../texts/save.ts";
import { PngError, readPngText } from "./png.ts";

/** Under which the settings stand in a PNG. */
export const KEYWORD = "unnoise";

/** The settings in a file, read as an address is. Throws an `Error` with a sentence where there are none. */
export async function settingsIn(file: File): Promise<Address> {
  const found = parse(file.name, await textIn(file));
  const entries = Object.entries(found).filter(([, value]) => typeof value === "string" || typeof value === "number");
  const parameters = Object.fromEntries(entries) as Parameters;
  if (!("sampler" in parameters)) throw new Error(save.noSettings(file.name));
  return readAddress(new URL(linkTo(parameters)).search);
}

async function textIn(file: File): Promise<string> {
  if (file.name.endsWith(".json") || file.type === "application/json") return file.text();
  try {
    const text = readPngText(new Uint8Array(await file.arrayBuffer()), KEYWORD);
    if (text !== undefined) return text;
  } catch (error) {
    if (error instanceof PngError) throw new Error(save.notRead(file.name, error.message));
    throw error;
  }
  throw new Error(save.noSettings(file.name));
}

/** The parameters: the text of a PNG is no more than them, a run's JSON has them among other things. */
function parse(name: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(save.noSettings(name));
  }
  const inner = isObject(value) && "parameters" in value ? value.parameters : value;
  if (isObject(inner)) return inner;
  throw new Error(save.noSettings(name));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
