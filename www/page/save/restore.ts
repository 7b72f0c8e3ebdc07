/** Reads settings back out of what was saved: a PNG with its text, or the JSON of a run. */

import { LONGEST_JSON, tooLarge } from "../model/files.ts";
import { quoted } from "../panel/numbers.ts";
import { type Address, readAddress } from "../share/address.ts";
import { t } from "../texts.ts";
import { PngError, readPngText } from "./png.ts";

/** Under which the settings stand in a PNG. */
export const KEYWORD = "unnoise";

/** The largest PNG that is read, in bytes: none that the page saves is larger. */
const LARGEST_PNG = 4e8;

/**
 * The settings in a file, read as an address is; undefined for a PNG that is a picture like any other. Throws an `Error` with a
 * sentence where it should have some.
 */
export async function settingsIn(file: File, kind: "png" | "json"): Promise<Address | undefined> {
  const most = kind === "png" ? LARGEST_PNG : LONGEST_JSON;
  if (file.size > most) throw new Error(tooLarge(file, most));
  const text = kind === "png" ? await textIn(file) : await file.text();
  if (text === undefined) return undefined;
  const parameters = parse(file.name, text);
  const entries = Object.entries(parameters).filter(
    ([, value]) => typeof value === "string" || typeof value === "number",
  );
  if (!entries.some(([name]) => name === "sampler")) throw new Error(t("noSettings", { file: quoted(file.name) }));
  return readAddress(
    Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
    t("inFile", { file: quoted(file.name) }),
  );
}

async function textIn(file: File): Promise<string | undefined> {
  try {
    return readPngText(new Uint8Array(await file.arrayBuffer()), KEYWORD);
  } catch (error) {
    if (error instanceof PngError) throw new Error(t("notRead", { file: quoted(file.name), reason: error.message }));
    throw error;
  }
}

/** The parameters: the text of a PNG is no more than them, a run's JSON has them among other things. */
function parse(name: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(t("noSettings", { file: quoted(name) }));
  }
  const inner = isObject(value) && "parameters" in value ? value.parameters : value;
  if (isObject(inner)) return inner;
  throw new Error(t("noSettings", { file: quoted(name) }));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
