/** An edit in the address and in files. Its values are texts here: the room, which is fetched then, reads them. */

/** What an edit is asked for with, by its parameters. */
const PICTURES = ["picture", "other", "mask"] as const;
const NAMES = ["edit", ...PICTURES, "method", "jump", "resample", "t", "sigma", "noise", "colour"] as const;

export type EditAsked = Partial<Record<(typeof NAMES)[number], string>>;

/** Characters of pictures that still stand in a link, and in a file. */
const MOST = { link: 2048, file: 60_000 };

/** Whether a parameter is a picture. */
export function isPicture(name: string): boolean {
  return PICTURES.some((picture) => picture === name);
}

/** Reads it by what `get` gives for each name; undefined where no edit is asked for. */
export function readEdit(get: (name: string) => string | undefined): EditAsked | undefined {
  if (get("edit") === undefined) return undefined;
  const found = NAMES.map((name) => [name, get(name)] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found);
}

type Parameters = Record<string, string | number>;

/** Whether the pictures among parameters fit into a link, or a file. */
export function fits(parameters: Parameters, place: keyof typeof MOST): boolean {
  const lengths = PICTURES.map((name) => String(parameters[name] ?? "").length);
  return lengths.reduce((sum, length) => sum + length) <= MOST[place];
}

/** Parameters without these pictures, where they do not fit. */
export function fitted(parameters: Parameters, place: keyof typeof MOST): Parameters {
  const others = Object.entries(parameters).filter(([name]) => !isPicture(name));
  return fits(parameters, place) ? parameters : Object.fromEntries(others);
}
