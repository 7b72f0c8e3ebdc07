/** A limit on how long a start waits for what keeps silent: a file, or a graphics device. */
import { UnnoiseError } from "../errors.ts";

/** The limit where nothing else is said, in milliseconds. */
export const START_TIMEOUT = 30_000;

/** What to do about a file that keeps silent. */
const SERVE = "Check that the server gives this file as it is in the package, or set a longer `startTimeout`.";

/**
 * Does the work, and gives it up where there is no sign of progress for so long.
 *
 * @param what What the work waits for: a file by its address, or a name.
 * @param work Tells by a call that it has got on.
 * @throws UnnoiseError "start-timeout", which names it.
 */
export function withoutStall<T>(
  limit: number,
  what: string,
  work: (progress: () => void) => Promise<T>,
  hint = SERVE,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => {
      isOver = true;
      clearTimeout(timer);
    };
    const stall = () => {
      end();
      reject(new UnnoiseError("start-timeout", `${what} did not answer within ${limit} ms`, { hint }));
    };
    const progress = () => {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(stall, limit);
    };
    progress();
    work(progress).then(resolve, reject).finally(end);
  });
}
