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
 * @param code Of the error, by default that of the option.
 * @throws UnnoiseError for what is nested too deep, or too large, or cannot be read.
 */
export function sendableValue(name: string, value: unknown, code?: string): unknown {
  if (value === undefined) return undefined;
  try {
    if (name === "noise" && value instanceof Float32Array && value.byteLength > 0) return value;
    return new Copy(name, code).of(value, 0);
  } catch (error) {
    if (error instanceof NoJson) return `${WORDS}${show(value)}`;
    throw error instanceof UnnoiseError ? error : unreadable(name, error);
  }
}

/** Thrown where a value has no JSON form. */
class NoJson {}

/** One copy, which counts what it holds. */
class Copy {
  readonly #name: string;
  readonly #code: string | undefined;
  #values = 0;
  #characters = 0;

  constructor(name: string, code: string | undefined) {
    this.#name = name;
    this.#code = code;
  }

  of(value: unknown, depth: number): unknown {
    this.#count(1, 0);
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string") {
      this.#count(0, value.length);
      return value;
    }
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (typeof value !== "object" || isView(value)) throw new NoJson();
    if (depth >= DEEPEST) throw this.#refused(`nested more than ${DEEPEST} levels deep`, "what is flatter");
    if (Array.isArray(value)) return this.#list(value, depth);
    if (kindOf(value) !== "Object") throw new NoJson();
    return this.#object(value, depth);
  }

  #list(list: unknown[], depth: number): unknown[] {
    // Before a look at its elements: a list of nothing can be four thousand million long.
    this.#count(list.length, 0);
    return Array.from(list, (element) => this.of(element, depth + 1));
  }

  #object(object: object, depth: number): object {
    this.#count(Reflect.ownKeys(object).length, 0);
    const copied = Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        this.#count(0, name.length);
        return [name, this.of(value, depth + 1)];
      });
    return Object.fromEntries(copied);
  }

  #count(values: number, characters: number): void {
    this.#values += values;
    this.#characters += characters;
    if (this.#values > MOST_VALUES) throw this.#refused(`more than ${MOST_VALUES} values`, "fewer");
    if (this.#characters > MOST_CHARACTERS) throw this.#refused(`more than ${MOST_CHARACTERS} characters`, "fewer");
  }

  #refused(what: string, allowed: string): UnnoiseError {
    return wrong(this.#name, what, allowed, this.#code);
  }
}
