/**
 * Text from elsewhere (a model, a link, a file) in code that the page hands out. Each language has one function that makes a literal
 * of a value; such text stands in code in no other way, and never in a comment.
 */
import { NOT_PLAIN, PLAIN } from "../../ui/words.ts";

const ALL_PLAIN = new RegExp(`^[${PLAIN}]*$`, "u");

/** In an attribute U+0080 to U+009F stand as they are: HTML reads a reference to one of them as another character. */
const NOT_IN_ATTRIBUTES = new RegExp(String.raw`["&<>]|[^${PLAIN}\x80-\x9f]`, "gu");
const REFERENCES: Record<string, string> = { '"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The longest name of a file or folder without its ending. */
const LONGEST_NAME = 100;

/** Whether a text has plain characters alone, which survive copying, addresses and markup. */
export function isPlain(text: string): boolean {
  return ALL_PLAIN.test(text);
}

/** A value as a literal of TypeScript and JavaScript, which may stand in a script tag too. */
export function scriptLiteral(value: object | string | number | boolean): string {
  const units = (character: string) => character.split("").map(hex).join("");
  return JSON.stringify(value).replaceAll(NOT_PLAIN, units).replaceAll("<", hex);
}

/** A value as a literal of Python. */
export function pythonLiteral(value: string | number | boolean | readonly (string | number)[]): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value).replaceAll(NOT_PLAIN, pythonEscape);
  if (typeof value === "number") return Number.isFinite(value) ? String(value === 0 ? 0 : value) : `float("${value}")`;
  return `[${value.map(pythonLiteral).join(", ")}]`;
}

/** A text as the value of an attribute in HTML, quotation marks included. */
export function attributeLiteral(text: string): string {
  return `"${text.replaceAll(NOT_IN_ATTRIBUTES, (found) => REFERENCES[found] ?? `&#${found.codePointAt(0)};`)}"`;
}

/** A name for a file or folder: A to Z, a to z, 0 to 9, ".", "_" and "-" alone, no dot at either end; `instead` where nothing is left. */
export function plainName(text: string, instead: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "");
  return name.slice(0, LONGEST_NAME).replace(/[.-]+$/, "") || instead;
}

/** Python has eight digits for what lies beyond U+FFFF. */
function pythonEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : hex(character);
}

function hex(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
