// esbuild's `build`, which also keeps what it has bundled. Of this www/contents.mjs makes the bills of materials and the licences.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build as bundle } from "esbuild";

let seen = { inputs: {}, outputs: {} };

/** esbuild's `build`; what goes into the files is remembered. */
export async function build(options) {
  const result = await bundle({ ...options, metafile: true });
  Object.assign(seen.inputs, result.metafile.inputs);
  Object.assign(seen.outputs, result.metafile.outputs);
  return result;
}

/** Writes what was bundled since the last call as esbuild's metafile, for `part` of what is built. */
export async function keepMetafile(root, part) {
  const path = metafile(root, part);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(seen));
  seen = { inputs: {}, outputs: {} };
}

/** Where a part's metafile is: beside what is built, in a file that is not published. */
export function metafile(root, part) {
  return join(root, "pkg", `.${part}.json`);
}
