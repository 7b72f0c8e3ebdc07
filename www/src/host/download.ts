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

/** Bytes that the body will have; unknown where it travels compressed. */
function lengthOf({ headers }: Response): number | undefined {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return headers.has("content-encoding") || !Number.isInteger(length) ? undefined : length;
}
