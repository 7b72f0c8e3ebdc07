/** A body on its way to the library, written down as it passes. */

import type { Writer } from "./shelf.ts";

/**
 * The same bytes. `ended` is called once, when all that can be is written: after the last byte, where the body breaks off or is not wanted
 * any more, and when the signal aborts, for then nobody may read it to its end. It is told of an error of the writer, after which bytes pass
 * unwritten.
 */
export function through(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  writer: Writer,
  signal: AbortSignal | null | undefined,
  ended: (error: unknown) => Promise<void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let end: Promise<void> | undefined;
  const finish = (error?: unknown) => {
    end ??= error === undefined ? writer.flush().then(() => ended(undefined), ended) : ended(error);
    return end;
  };
  signal?.addEventListener("abort", () => void finish());
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value } = await reader.read();
        if (!value) {
          await finish();
          controller.close();
          return;
        }
        if (!end) await writer.add(value).catch(finish);
        controller.enqueue(value);
      } catch (error) {
        await finish();
        controller.error(error);
      }
    },
    async cancel(reason) {
      await reader.cancel(reason).catch(() => undefined);
      await finish();
    },
  });
}
