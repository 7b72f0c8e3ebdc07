/** Where a model's folder is: an address as people have it at hand, made into the folders to look in. */
import { invalid } from "../errors.ts";
import { base } from "../place.ts";

/** The longest address, in characters: browsers end a page that asks for one of over two million. */
const LONGEST = 8000;

const HUB = "https://huggingface.co/";
const HUB_HOSTS = ["huggingface.co", "www.huggingface.co", "hf.co"];

/** A model's name on the hub. */
const OWNER_NAME = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

/** What one copies the address of in place of the folder's. */
const FILE =
  /\/(config\.json|model_index\.json|scheduler_config\.json|labels\.json|analytic_dpm\.json|vdm\.json|defaults\.json|[^/]+\.(safetensors|bin|ckpt|pt|pth))$/;

/**
 * The folders in which `Diffuser.load` looks for a model, in this order. Most addresses stand for one folder: the slash at the end
 * may be missing, and the address of a file in it will do. Addresses of huggingface.co, of a model's page too (`/tree/main`,
 * `/blob/main/unet/config.json`, another revision, hf.co), become those of its files, `/resolve/main/`. `owner/name`, two parts and
 * nothing before or after them, is a folder of this page's, and where there is none, a model on huggingface.co; "./owner/name" and
 * "owner/name/" are this page's alone.
 *
 * @param revision A branch, a tag or a commit on huggingface.co, as `LoadOptions.revision`: `owner/name` is then the hub's alone.
 * @throws UnnoiseError "invalid-source", "invalid-revision".
 */
export function modelFolders(address: string | URL, revision?: string): URL[] {
  const allowed = "the name of a branch or a tag, or the hash of a commit";
  if (revision !== undefined && (typeof revision !== "string" || revision.trim() === "")) {
    throw invalid("revision", revision, allowed);
  }
  const url = folder(address, "source");
  if (typeof address === "string" && OWNER_NAME.test(address.trim())) {
    const there = onHub(new URL(`${address.trim()}/`, HUB), address, revision);
    return revision === undefined ? [url, there] : [there];
  }
  if (HUB_HOSTS.includes(url.hostname)) return [onHub(url, address, revision)];
  if (revision !== undefined) throw invalid("revision", revision, ONLY_ON_HUB);
  return [url];
}

/** @internal What a revision must be where the source has none. */
export const ONLY_ON_HUB = "absent: only models on huggingface.co have revisions";

/** @internal An address as a folder: relative to the page or to the worker, without a file's name, with a slash at its end. */
export function folder(address: unknown, name: string): URL {
  const text = address instanceof URL ? address.href : address;
  if (typeof text !== "string" || text.trim() === "" || !URL.canParse(text, base())) {
    throw invalid(name, address, `the ${base() ? "" : "whole "}address of a folder, as a string or a URL`);
  }
  if (text.length > LONGEST) throw invalid(name, address, `an address of at most ${LONGEST} characters`);
  const url = new URL(text, base());
  const own = base();
  if (!["http:", "https:", own && new URL(own).protocol].includes(url.protocol)) {
    throw invalid(name, address, "the address of a folder, which begins with https: or http:, as a string or a URL");
  }
  url.hash = "";
  url.pathname = url.pathname.replace(FILE, "/");
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** The files' own address, for whichever of a model's addresses on the hub. */
function onHub(url: URL, address: unknown, asked: string | undefined): URL {
  const [owner, name, view, own, ...inside] = url.pathname.split("/").slice(1, -1);
  const isModel = owner !== undefined && name !== undefined && !["datasets", "spaces", "docs"].includes(owner);
  if (!isModel || !["tree", "blob", "raw", "resolve", undefined].includes(view)) {
    throw invalid("source", address, `the address of a model there, ${HUB}owner/name`);
  }
  const revision = asked === undefined ? (own ?? "main") : encodeURIComponent(asked);
  if (own !== undefined && revision !== own && asked !== own) {
    throw invalid("revision", asked, `absent, or ${own}, which the address names`);
  }
  const files = new URL([owner, name, "resolve", revision, ...inside, ""].join("/"), HUB);
  // The query of a page (`?download=true`) is not the files'.
  if (view === "resolve") files.search = url.search;
  return files;
}

/** @internal A folder's name as people know it: its last part, or the model's on the hub. */
export function nameOf({ origin, pathname }: URL): string | undefined {
  const parts = pathname.split("/").filter(Boolean);
  const part = `${origin}/` === HUB && parts.length === 4 ? parts[1] : parts.at(-1);
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @internal The model's name on the hub, where it is there. */
export function repositoryOf({ origin, pathname }: URL): string | undefined {
  const name = pathname.split("/").slice(1, 3).join("/");
  return `${origin}/` === HUB && OWNER_NAME.test(name) ? name : undefined;
}

/**
 * @internal Ways from a folder to those where the files that belong to a whole pipeline are: the folder itself, and those above it
 * where it is one part (unet/, unet_ema/) or one moment of a training (checkpoint-500/).
 */
export function pipelinesOf({ pathname }: URL): string[] {
  const parts = pathname.split("/").filter(Boolean).reverse();
  const own = parts.findIndex((part) => !/^(unet|unet_ema|checkpoint-\d+)$/.test(part));
  const above = own < 0 ? parts.length : own;
  return Array.from({ length: above + 1 }, (_, steps) => "../".repeat(steps));
}
