// Makes docs/api.md from the declarations of the built package: `npm run docs`.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The committed reference. */
export const API = here("../../docs/api.md");

const NOTE = "<!-- Made by `npm run docs` from the declarations of the package. Change the comments in www/src. -->\n";

/** The reference as the declarations of pkg/ make it now. */
export async function reference() {
  const made = await mkdtemp(join(tmpdir(), "unnoise-docs-"));
  try {
    const typedoc = here("node_modules/typedoc/bin/typedoc");
    const options = ["--options", here("typedoc.json"), "--out", made, "--logLevel", "Warn"];
    await promisify(execFile)(process.execPath, [typedoc, ...options]).catch((error) => {
      throw new Error(error.stdout + error.stderr);
    });
    const text = await readFile(join(made, "api.md"), "utf8");
    return `${NOTE}${text.replaceAll(/[^\S\n]+$/gm, "")}`;
  } finally {
    await rm(made, { recursive: true });
  }
}

if (process.argv[1] === here("make.mjs")) await writeFile(API, await reference());
