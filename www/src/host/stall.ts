/** A limit on how long is waited for what keeps silent: a file, or a graphics device. */
import { anyOf, untilAborted } from "../abort.ts";
import { UnnoiseError } from "../errors.ts";
import { fetchOrRead } from "./node.ts";

/** The limit where nothing else is said, in milliseconds. */
export const START_TIMEOUT = 30_000;

/** What to do about a file that keeps silent. */
const SERVE = "Check that the server gives this file as it is in the package, or set a longer `startTimeout`.";

/**
 * Does the work, and gives it up where there is no sign of progress for so long.
 *
 * @param what What the work waits for: a file by its address, or a name.
 * @param work Tells by a call that it has got on, and stops where the signal aborts.
 * @throws UnnoiseError "start-timeout", which names it.
 */
export function withoutStall<T>(
  limit: number,
  what: string,
  work: (progress: () => void, stalled: AbortSignal) => Promise<T>,
  hint = SERVE,
): Promise<T> {
  const over = new AbortController();
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (reason?: UnnoiseError) => {
      clearTimeout(timer);
      over.abort(reason);
    };
    const stall = () => {
      const error = new UnnoiseError("start-timeout", `${what} did not answer within ${limit} ms`, { hint });
      reject(error);
      end(error);
    };
    const progress = () => {
      clearTimeout(timer);
      if (!over.signal.aborted) timer = setTimeout(stall, limit);
    };
    progress();
    work(progress, over.signal)
      .then(resolve, reject)
      .finally(() => end());
  });
}

/** Asks for a file, whose server has so long to begin its answer; what comes after that has other limits. */
export async function fetchAnswered(address: URL, o: RequestInit = {}): Promise<Response> {
  const silent = new AbortController();
  // As where a server cannot be reached.
  const give = () => silent.abort(new TypeError(`the server did not answer within ${START_TIMEOUT} ms`));
  const timer = setTimeout(give, START_TIMEOUT);
  try {
    const answer = fetchOrRead(address, { ...o, signal: anyOf(o.signal ?? undefined, silent.signal) });
    // WebKitGTK forgets a signal that follows others while a file is on its way.
    return await untilAborted(answer, silent.signal);
  } finally {
    clearTimeout(timer);
  }
}
