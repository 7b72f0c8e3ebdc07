/** What huggingface.co says of the bytes of a large file: its repository has a pointer of Git LFS in its place, which names their SHA-256. */
import { START_TIMEOUT, withoutStall } from "../host/stall.ts";
import { repositoryOf } from "./folders.ts";

/** No pointer is longer, in bytes. */
const LONGEST = 1024;

/**
 * The SHA-256 of a file on the hub, in hex; undefined for any other file, or where the hub does not say. The ETag of a file that it
 * redirects to would not do: it may be a hash of another kind.
 */
export async function sha256OnHub(file: URL, ask: (pointer: URL) => Promise<Response>): Promise<string | undefined> {
  const pointer = new URL(file.href.replace("/resolve/", "/raw/"));
  if (repositoryOf(file) === undefined || pointer.href === file.href) return undefined;
  try {
    return await withoutStall(START_TIMEOUT, pointer.href, async () => oidIn(await ask(pointer)));
  } catch {
    return undefined;
  }
}

async function oidIn({ ok, body }: Response): Promise<string | undefined> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let part = await reader?.read(); ok && part?.value && text.length < LONGEST; part = await reader?.read()) {
    text += decoder.decode(part.value.subarray(0, LONGEST), { stream: true });
  }
  reader?.cancel().catch(() => {});
  return /^version https:\/\/git-lfs[^\n]*\noid sha256:([0-9a-f]{64})\n/.exec(text)?.[1];
}
