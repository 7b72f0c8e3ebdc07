/** JSON files from elsewhere, less what could cost memory and is read by nobody. */
import { messageOf, UnnoiseError } from "../errors.ts";

/** The most bytes of a file. */
const MOST_BYTES = 8_000_000;
/** The most fields of an object; diffusers writes about thirty. */
const MOST_FIELDS = 1000;
/** The most entries of a field's list: twice as many as the longest schedule has timesteps. */
const MOST_ENTRIES = 200_000;
/** The most names of classes. */
const MOST_NAMES = 1_000_000;

const HINT = "Use the file that diffusers' save_pretrained writes.";

/**
 * A file's content, as far as it can be read: see `lean`.
 *
 * @throws UnnoiseError "config-invalid", as soon as too much has arrived.
 */
export async function contentOf(response: Response, file: string): Promise<unknown> {
  return lean(file, await parsed(response, file));
}

/**
 * All of a file's content.
 *
 * @throws UnnoiseError "config-invalid", as soon as too much has arrived.
 */
export async function parsed(response: Response, file: string): Promise<unknown> {
  const text = await textOf(response, file);
  try {
    return parseModelJson(text);
  } catch (cause) {
    const isPointer = text.startsWith("version https://git-lfs");
    const pointer = "This is a Git LFS pointer; the file itself is in Git LFS: run `git lfs pull`.";
    const message = `${file} is not JSON: ${messageOf(cause)}`;
    throw new UnnoiseError("config-invalid", message, { hint: isPointer ? pointer : HINT, cause });
  }
}

/**
 * A string, or a number that Python writes and JSON does not have. A string without an end goes to the end of the text: to look for the
 * next one within it would take the square of its length.
 */
const TOKENS = /"(?:[^"\\]|\\.?)*(?:"|$)|-?Infinity|NaN/gs;

/**
 * What a JSON file of a model says, as Python writes it: NaN, Infinity and -Infinity, which JSON does not have, become their names as
 * strings. A scheduler of DPM-Solver has such a number. A field that is read is refused by it.
 *
 * @throws SyntaxError for what is no JSON otherwise.
 */
export function parseModelJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const named = text.replaceAll(TOKENS, (token) => (token.startsWith('"') ? token : `"${token}"`));
    if (named === text) throw error;
    return JSON.parse(named);
  }
}

async function textOf(response: Response, file: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > MOST_BYTES) {
      reader?.cancel().catch(() => {});
      const most = `${MOST_BYTES / 1e6} MB`;
      const message = `${file} is longer than ${most}, the longest JSON file that is read`;
      throw new UnnoiseError("config-invalid", message, { hint: HINT });
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * The content with scalars, and lists of them, as fields or as entries: nothing that is read has another form. In place of anything else
 * stands a word for what it was, so that a field that is read after all is refused by it.
 */
function lean(file: string, content: unknown): unknown {
  if (Array.isArray(content)) {
    if (content.length > MOST_NAMES) throw tooMany(file, `${content.length} entries`, MOST_NAMES);
    // A name is refused by null, which is none.
    return content.map((entry: unknown) => (typeof entry === "object" ? null : entry));
  }
  if (typeof content !== "object" || content === null) return content;
  const fields = Object.entries(content);
  if (fields.length > MOST_FIELDS) throw tooMany(file, `${fields.length} fields`, MOST_FIELDS);
  return Object.fromEntries(
    fields.map(([name, value]) => {
      if (!Array.isArray(value)) return [name, scalar(value)];
      if (value.length > MOST_ENTRIES) return [name, `a list of ${value.length} entries`];
      return [name, value.every((entry) => scalar(entry) === entry) ? value : "a list of lists or objects"];
    }),
  );
}

function scalar(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? "a list" : "an object";
}

function tooMany(file: string, found: string, most: number): UnnoiseError {
  return new UnnoiseError("config-invalid", `${file} has ${found}; at most ${most} are read`);
}
