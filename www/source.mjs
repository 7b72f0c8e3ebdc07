// Where the page's "Source" leads: to the repository that package.json names, else to an archive of the last commit beside the page.
import { execFile } from "node:child_process";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ARCHIVE = "source.tar.gz";

/** What makes most of an archive and is not written by hand: weights, pictures of the documents, results of diffusers, what the fuzzer found. */
const LEFT_OUT = ["*.safetensors", "docs/*.png", "docs/*.gif", "tests/golden/*.bin", "fuzz/corpus"];

/**
 * The address of the source code, and the archive's size; undefined where there is neither a repository nor git. `site` is the page's
 * folder. The archive of a commit is the same at every build.
 */
export async function source(root, site, repository) {
  const path = join(site, ARCHIVE);
  await rm(path, { force: true });
  const address = (repository?.url ?? repository)?.replace(/^git\+|\.git$/g, "");
  if (address) return { address };
  const paths = LEFT_OUT.map((pattern) => `:(exclude)${pattern}`);
  try {
    const args = ["archive", "--format=tar.gz", "--prefix=unnoise/", `--output=${path}`, "HEAD", ".", ...paths];
    await promisify(execFile)("git", args, { cwd: root });
    return { address: `./${ARCHIVE}`, bytes: (await stat(path)).size };
  } catch {
    await rm(path, { force: true });
    return undefined;
  }
}

/** The page in a language with the link to its source code, and without one where nothing is known. */
export function sourced(html, language, found) {
  if (!found) return html.replace(/ *<a [^>]*<!-- source -->.*<\/a>\n/, "");
  const { address, bytes } = found;
  const unit = { style: "unit", unit: "megabyte", maximumFractionDigits: 1 };
  const size = bytes ? ` (${new Intl.NumberFormat(language, unit).format(bytes / 1e6)})` : "";
  const attributes = bytes ? "download" : 'rel="noopener" target="_blank"';
  return html
    .replace('"<!-- source -->"', () => `"${address.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}" ${attributes}`)
    .replace("<!-- size -->", size);
}
