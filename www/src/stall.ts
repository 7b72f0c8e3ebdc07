/** A limit on how long a start waits for a file that keeps silent. */
import { UnnoiseError } from "./errors.ts";

/** The limit where nothing else is said, in milliseconds. */
export const START_TIMEOUT = 30_000;

/**
 * Does the work, and gives it up where there is no sign of progress for so long.
 *
 * @param file Address of the file that the work waits for.
 * @param work Tells by a call that it has got on.
 * @throws UnnoiseError "start-timeout", which names the file.
 */
export function withoutStall<T>(limit: number, file: string, work: (progress: () => void) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => {
      isOver = true;
      clearTimeout(timer);
    };
    const stall = () => {
      end();
      reject(stalled(file, limit));
    };
    const progress = () => {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(stall, limit);
    };
    progress();
    work(progress).then(resolve, reject).finally(end);
  });
}

function stalled(file: string, limit: number): UnnoiseError {
  const hint = "Check that the server gives this file as it is in the package, or set a longer `startTimeout`.";
  return new UnnoiseError("start-timeout", `${file} did not answer within ${limit} ms`, { hint });
}
