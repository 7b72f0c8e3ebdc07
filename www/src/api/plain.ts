/** Values on their way to the worker: plain copies of them, whatever was given. */
import { isView, kindOf, show, UnnoiseError, unreadable, wrong } from "../errors.ts";

/** How deep lists and objects may be nested: in no browser can a worker read those of two thousand levels. */
const DEEPEST = 64;
/** How many fields an object has at most that is looked at whole; diffusers writes about thirty. */
const MOST_FIELDS = 1000;
/** How many values one option may hold, lists and objects included, and how many characters. */
const MOST_VALUES = 1 << 21;
const MOST_CHARACTERS = 1 << 23;

/** Begins a text that says what stands there in place of what has no JSON form. The engine shows the words: src/error/shown.rs. */
const WORDS = "\0";

/** Options with images in them, which may be floats in an array of their own. */
const WITH_FLOATS = ["start", "known", "observed", "potential"];

/** Checks that an object has no more fields than anyone reads, before any of them is looked at: in a proxy each is work. */
export function checkFields(name: string, given: object): void {
  const { length } = Reflect.ownKeys(given);
  if (length > MOST_FIELDS) throw wrong(name, `an object of ${length} fields`, `one of at most ${MOST_FIELDS}`);
}

/** An object's entries, less the undefined, each in a form that can be sent: the engine then says what is wrong with it. */
export function sendable(given: object, inside = ""): Record<string, unknown> {
  checkFields(inside.slice(0, -1) || "options", given);
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, sendableValue(`${inside}${name}`, value)]));
}

/**
 * A copy of JSON, the floats of `noise` as they are, or words for what is neither: a function, a date, a number that is not finite.
 *
 * @param name The option that it is the value of.
 * @throws UnnoiseError for what is nested too deep, or too large, or cannot be read.
 */
export function sendableValue(name: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  try {
    if (name === "noise" && value instanceof Float32Array && value.byteLength > 0) return value;
    return copyOf(name, value);
  } catch (error) {
    if (error instanceof NoJson) return `${WORDS}${show(value)}`;
    throw error instanceof UnnoiseError ? error : unreadable(name, error);
  }
}

/** Thrown where a value has no JSON form. */
class NoJson {}

/** A copy, which counts what it holds. */
function copyOf(name: string, whole: unknown): unknown {
  let [values, characters] = [0, 0];
  const count = (more: number, text = "") => {
    values += more;
    characters += text.length;
    if (values > MOST_VALUES) throw wrong(name, `more than ${MOST_VALUES} values`, "fewer");
    if (characters > MOST_CHARACTERS) throw wrong(name, `more than ${MOST_CHARACTERS} characters`, "fewer");
  };
  const hasFloats = WITH_FLOATS.includes(name);
  const copy = (value: unknown, depth: number): unknown => {
    count(1, typeof value === "string" ? value : "");
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (hasFloats) {
      // The engine says which of them is none.
      if (typeof value === "number" && depth > 0) return `${WORDS}${show(value)}`;
      if (value instanceof Float32Array) return copy([...value], depth);
    }
    if (typeof value !== "object" || isView(value)) throw new NoJson();
    if (depth >= DEEPEST) throw wrong(name, `nested more than ${DEEPEST} levels deep`, "flatter");
    if (Array.isArray(value)) {
      // Before a look at its elements: a list of nothing can be four thousand million long.
      count(value.length);
      return Array.from(value, (element) => copy(element, depth + 1));
    }
    if (kindOf(value) !== "Object") throw new NoJson();
    count(Reflect.ownKeys(value).length);
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    const copied = fields.map(([key, field]) => {
      count(0, key);
      return [key, copy(field, depth + 1)];
    });
    return Object.fromEntries(copied);
  };
  return copy(whole, 0);
}
