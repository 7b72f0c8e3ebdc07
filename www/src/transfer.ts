/** How values cross between the page and its worker: errors with code and hint, floats without a copy. */
import { transfer, transferHandlers } from "comlink";
import { hasCode, UnnoiseError } from "./errors.ts";

const plain = transferHandlers.get("throw");
if (!plain) throw new Error("comlink has no handler for errors");
transferHandlers.set("throw", {
  canHandle: plain.canHandle,
  serialize: (thrown) => {
    const { value } = thrown as { value: unknown };
    return hasCode(value)
      ? [{ code: value.code, message: value.message, hint: value.hint }, []]
      : plain.serialize(thrown);
  },
  deserialize: (message) => {
    if (!isError(message)) return plain.deserialize(message);
    throw new UnnoiseError(message.code, message.message, { hint: message.hint });
  },
});

function isError(message: unknown): message is { code: string; message: string; hint?: string } {
  return typeof message === "object" && message !== null && "code" in message;
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
