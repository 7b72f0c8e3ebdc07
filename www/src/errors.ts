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
 * the name in kebab case.
 */
export function invalid(name: string, value: unknown, allowed: string, code = `invalid-${kebab(name)}`): UnnoiseError {
  return new UnnoiseError(code, `\`${name}\` is ${show(value)}; allowed is ${allowed}`);
}

/** @internal A value as a message shows it: as JSON where it has a JSON form, else by its kind; cut to a readable length. */
export function show(value: unknown): string {
  if (value === undefined) return "absent";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "a function";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `of type ${value.constructor.name}`;
  const text = jsonOf(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** @internal Whether a value is an error with a code, as the engine throws them; anything else that it throws is a crash. */
export function hasCode(error: unknown): error is Error & { code: string; hint?: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/** @internal What an unknown thrown value says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "an object without a JSON form";
  }
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
