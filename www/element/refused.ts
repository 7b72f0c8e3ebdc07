import { UnnoiseError } from "../src/index.ts";
import { shortened } from "../ui/words.ts";

/** An attribute's value that cannot be taken, worded as the library words its own. */
export function refused(name: string, value: string | undefined, allowed: string, cause?: unknown): UnnoiseError {
  const given = value === undefined ? "absent" : JSON.stringify(shortened(value));
  return new UnnoiseError(`invalid-${name}`, `\`${name}\` is ${given}; it must be ${allowed}`, { cause });
}
