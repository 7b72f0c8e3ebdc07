/** Counts, lists and text from elsewhere (a model, a link, a file) in the sentences of the page and of the element. */

/**
 * What shows as it is: letters, marks, digits, punctuation, symbols and the space. Not: line breaks of any kind, control and format
 * characters (among them those that turn the direction of writing), halves of surrogate pairs.
 */
export const PLAIN = String.raw`\p{L}\p{M}\p{N}\p{P}\p{S} `;
export const NOT_PLAIN = new RegExp(`[^${PLAIN}]`, "gu");

/** The longest text that a sentence repeats, in characters. */
const LONGEST = 60;

/** So many names are listed, and the others counted. */
const MOST_LISTED = 20;

/** How often something is there, in words: "1 step", "1,000 steps". */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Names between commas; of many the first, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  const shown = names.slice(0, MOST_LISTED).map(shortened).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** A text as a sentence repeats it: as it is, but cut where it is long, with "�" for what does not show. */
export function shortened(text: string): string {
  const characters = [...text.slice(0, 2 * LONGEST + 2)];
  const cut = characters.length > LONGEST ? [...characters.slice(0, LONGEST), "…"] : characters;
  return cut.join("").replaceAll(NOT_PLAIN, "�");
}
