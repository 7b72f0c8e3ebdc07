/**
 * The one error class. Every rejection and every throw of the library is an {@link UnnoiseError}, except an aborted
 * call, which rejects with its signal's own reason.
 */
export class UnnoiseError extends Error {
  /** Stable name of the cause, in kebab case: "invalid-steps", "http-status", "engine-crashed". */
  readonly code: string;
  /** What to do about it, as a sentence; absent where the message says it all. */
  declare readonly hint?: string;

  /**
   * @param code Stable name of the cause, in kebab case.
   * @param message A sentence that names the input, its value and what is allowed.
   * @param more `hint`: what to do about it; `cause`: the error behind this one.
   */
  constructor(code: string, message: string, more: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, "cause" in more ? { cause: more.cause } : undefined);
    this.name = "UnnoiseError";
    this.code = code;
    if (more.hint !== undefined) this.hint = more.hint;
  }
}

/** Longest value that is repeated in a message, in characters. */
const LONGEST_VALUE = 60;

/**
 * @internal A value that an option or an argument does not take, worded as the engine words its own. The code is `invalid-` and
 * the first part of the name in kebab case.
 */
export function invalid(name: string, value: unknown, allowed: string): UnnoiseError {
  return wrong(name, show(value), allowed);
}

/** @internal The same where the value is said in words. */
export function wrong(name: string, found: string, allowed: string): UnnoiseError {
  return new UnnoiseError(codeOf(name), `\`${name}\` is ${found}; it must be ${allowed}`);
}

/** @internal An option or an argument that throws when it is looked at, as getters and proxies can. */
export function unreadable(name: string, cause: unknown): UnnoiseError {
  const message = `\`${name}\` cannot be read: ${messageOf(cause)}`;
  return new UnnoiseError(codeOf(name), message, { cause });
}

/** @internal Looks at what was given; whatever is thrown meanwhile is an error of ours. */
export function looking<T>(name: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw error instanceof UnnoiseError ? error : unreadable(name, error);
  }
}

/** @internal A value as a message shows it: as JSON where it has a JSON form, else by its kind; cut to a readable length. */
export function show(value: unknown): string {
  try {
    return shortened(inWords(value) ?? jsonOf(value));
  } catch {
    return "an object that cannot be read";
  }
}

/** @internal What `Object.prototype.toString` calls a value: "Object", "Map", "HTMLElement". */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** @internal Whether it is a buffer, or numbers in one. */
export function isView(value: unknown): boolean {
  return ArrayBuffer.isView(value) || ["ArrayBuffer", "SharedArrayBuffer"].includes(kindOf(value));
}

/** @internal Whether a value is an error with a code, as the engine throws them; anything else that it throws is a crash. */
export function hasCode(error: unknown): error is Error & { code: string; hint?: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/** @internal What an unknown thrown value says. */
export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error && error.message) return String(error.message);
    if (typeof error === "string" && error) return error;
  } catch {
    // Told as any other value.
  }
  return `something that is no error was thrown, ${show(error)}`;
}

/** What has no JSON form, by its kind. */
function inWords(value: unknown): string | undefined {
  if (value === undefined) return "absent";
  if (typeof value === "number") return numberInWords(value);
  if (typeof value === "bigint") return `the BigInt ${value}`;
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const kind = kindOf(value);
  return kind === "Object" ? undefined : `of type ${kind}`;
}

function numberInWords(value: number): string | undefined {
  if (Number.isNaN(value)) return "not a number";
  return Number.isFinite(value) ? undefined : "infinite";
}

/** No more of it than is shown: a list can be as long as a file. */
function jsonOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST_VALUE + 1));
  const shown = Array.isArray(value) ? value.slice(0, LONGEST_VALUE) : value;
  try {
    // By its holder, for a date has been asked for its own form by then.
    return JSON.stringify(shown, function (this: Record<string, unknown>, name, part: unknown) {
      return this[name] === null ? null : (inWords(this[name]) ?? part);
    });
  } catch {
    return "an object without a JSON form";
  }
}

/** @internal The text, cut to a readable length. */
export function shortened(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function codeOf(name: string): string {
  const [option = name] = name.split(".");
  return `invalid-${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
