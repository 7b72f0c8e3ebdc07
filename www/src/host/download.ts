import { UnnoiseError } from "../errors.ts";
import type { LoadProgress } from "../types.ts";

/** A response whose body reports its bytes as they pass. */
export function counted(response: Response, file: string, report: (progress: LoadProgress) => void): Response {
  const total = lengthOf(response);
  const tell = (loaded: number) => report(total === undefined ? { file, loaded } : { file, loaded, total });
  let loaded = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      tell(loaded);
      controller.enqueue(chunk);
    },
  });
  tell(0);
  return new Response(response.body?.pipeThrough(counter) ?? null, { headers: response.headers });
}

/** Whether a server answered with a page where a file was asked for, as single-page sites do for what they do not have. */
export function isPage(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") ?? false;
}

/** What a server said in place of files, or that they are not there. */
export function refusal(...said: { url: URL; status: number }[]): string {
  const isFile = said.every(({ url }) => url.protocol === "file:");
  if (isFile) return `there is no file ${said.map(({ url }) => url.href).join(" and no file ")}`;
  return `the server answered ${said.map(({ url, status }) => `${status} for ${url.href}`).join(", ")}`;
}

/** What to do about a status. */
const HINTS: Record<number, string> = {
  401: "It is private or gated, or does not exist: download the files in another way and give them themselves.",
  403: "It is private or gated: download the files in another way and give them themselves.",
};

/** The error of a status other than that of an absent file. */
export function wrongStatus(url: URL, { status, headers }: Response): UnnoiseError {
  const after = headers.get("retry-after");
  const when = after === null ? "later" : /^\d+$/.test(after) ? `in ${after} seconds` : `after ${after}`;
  const busy = status === 429 || status >= 500 || after !== null;
  const message = `${refusal({ url, status })}${status === 429 ? ": too many requests" : ""}`;
  return new UnnoiseError("http-status", message, { hint: busy ? `Try again ${when}.` : HINTS[status] });
}

/** Milliseconds for which a server asks to be left alone; 0 where it does not say. */
export function pauseAsked({ headers }: Response): number {
  const after = headers.get("retry-after") ?? "";
  const pause = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return Math.max(0, pause || 0);
}

/** Bytes that the body will have; unknown where it travels compressed. */
export function lengthOf({ headers }: Response): number | undefined {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return headers.has("content-encoding") || !Number.isInteger(length) ? undefined : length;
}
