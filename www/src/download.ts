import { UnnoiseError } from "./errors.ts";
import type { LoadProgress } from "./types.ts";

/** The most bytes of a JSON file, so that none can fill the memory. */
const MOST_JSON = 8_000_000;

/** A response whose body reports its bytes as they pass; one of a JSON file that is too long ends in the error "config-invalid". */
export function counted(response: Response, file: string, report: (progress: LoadProgress) => void): Response {
  const total = lengthOf(response);
  const tell = (loaded: number) => report(total === undefined ? { file, loaded } : { file, loaded, total });
  const most = file.endsWith(".json") ? MOST_JSON : Number.POSITIVE_INFINITY;
  let loaded = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      if (loaded > most) throw tooLong(file);
      tell(loaded);
      controller.enqueue(chunk);
    },
  });
  tell(0);
  return new Response(response.body?.pipeThrough(counter) ?? null, { headers: response.headers });
}

function tooLong(file: string): UnnoiseError {
  const message = `${file} is longer than ${MOST_JSON / 1e6} MB; allowed is a JSON file of at most ${MOST_JSON / 1e6} MB`;
  return new UnnoiseError("config-invalid", message, {
    hint: "Take the file as diffusers' save_pretrained writes it.",
  });
}

/** Whether a server answered with a page where a file was asked for, as single-page sites do for what they do not have. */
export function isPage(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") ?? false;
}

/** Bytes that the body will have; unknown where it travels compressed. */
function lengthOf({ headers }: Response): number | undefined {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return headers.has("content-encoding") || !Number.isInteger(length) ? undefined : length;
}
