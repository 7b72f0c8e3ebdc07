/** How values cross between the page and its worker: errors with code and hint, floats without a copy. */
import { transfer, transferHandlers } from "comlink";
import { hasCode, UnnoiseError } from "./errors.ts";

/** An error on its way. */
interface ErrorMessage {
  code: string;
  message: string;
  hint?: string;
}

let taught = false;

/** Teaches comlink to carry an error's code and hint; to be called on both sides, before the first call. */
export function carryErrors(): void {
  // A worker that starts others is both sides.
  if (taught) return;
  taught = true;
  const plain = transferHandlers.get("throw");
  if (!plain) throw new Error("comlink has no handler for errors");
  transferHandlers.set("throw", {
    canHandle: (value): value is unknown => plain.canHandle(value),
    serialize: (thrown) => {
      const error = valueIn(thrown);
      return hasCode(error) ? [messageFrom(error), []] : plain.serialize(thrown);
    },
    deserialize: (message) => {
      if (!isErrorMessage(message)) return plain.deserialize(message);
      throw new UnnoiseError(message.code, message.message, { hint: message.hint });
    },
  });
}

/** Marks a value so that the buffers in it, but for those in lists, move instead of being copied. */
export function moving<T>(value: T): T {
  return typeof value === "object" && value !== null ? transfer(value, [...new Set(buffersIn(value))]) : value;
}

function buffersIn(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return buffersIn(value.buffer);
  if (value instanceof ArrayBuffer) return [value];
  const isList = typeof value !== "object" || value === null || Array.isArray(value);
  return isList ? [] : Object.values(value).flatMap(buffersIn);
}

function messageFrom(error: Error & { code: string; hint?: string }): ErrorMessage {
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

function valueIn(thrown: unknown): unknown {
  return typeof thrown === "object" && thrown !== null && "value" in thrown ? thrown.value : undefined;
}

function isErrorMessage(message: unknown): message is ErrorMessage {
  return typeof message === "object" && message !== null && "code" in message;
}
