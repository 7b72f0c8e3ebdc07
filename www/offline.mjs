// Builds the service worker of a site: it is told of each of the site's files by its hash.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "./bundled.mjs";
import { CHOSEN } from "./models.mjs";

/** What a visitor may need without a network: all but the worker itself, the picture that others show beside a link, and the weights of models that have to be chosen first. */
const FILES = [
  ["", "site", /^(blog-post\/)?(?!sw\.js$|card\.png$)[\w.-]+\.(js|css|html|json|webmanifest|png|ico|svg)$/],
  ["pkg/", "pkg", /^[\w-]+\.(js|css|html)$/],
  ["pkg/", "pkg", /^(cpu|webgpu|burn)\/\w+\.(js|wasm)$/],
  ["models/", "models", /\/.*\.(json|png|safetensors)$/],
];

/** Modules are large, and most visitors need one of them. */
const WHEN_USED = /^pkg\/\w+\//;

/** Writes sw.js for what is built, and the version that it is of into the pages. `site` is the page's folder. */
export async function offline(root, site = join(root, "site")) {
  const others = await entries(root, site, (url) => !url.endsWith(".html"));
  const version = digest(JSON.stringify(others)).slice(0, 16);
  for (const name of (await readdir(site)).filter((name) => name.endsWith(".html"))) {
    const text = await readFile(join(site, name), "utf8");
    const marked = text.replace(/(<meta name="version" content=")[^"]*/, `$1${version}`);
    if (marked !== text) await writeFile(join(site, name), marked);
  }
  const all = [...others, ...(await entries(root, site, (url) => url.endsWith(".html")))];
  await build({
    entryPoints: [join(root, "www/page/offline/worker.ts")],
    outfile: join(site, "sw.js"),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "warning",
    define: {
      "process.env.NODE_ENV": '"production"',
      VERSION: JSON.stringify(version),
      AT_ONCE: JSON.stringify(all.filter(({ url }) => !WHEN_USED.test(url))),
      WHEN_USED: JSON.stringify(all.filter(({ url }) => WHEN_USED.test(url))),
    },
  });
}

/** The files whose addresses are wanted, each by its hash. A module that is not built yet is not there. */
async function entries(root, site, wanted) {
  const found = [];
  for (const [prefix, folder, pattern] of FILES) {
    const home = folder === "site" ? site : join(root, folder);
    const names = (await readdir(home, { recursive: true })).map((name) => name.replaceAll("\\", "/"));
    for (const name of names
      .filter((name) => pattern.test(name) && !CHOSEN.test(prefix + name) && wanted(prefix + name))
      .sort()) {
      const hash = digest(await readFile(join(home, name)));
      found.push({ url: prefix + name, revision: hash.slice(0, 12), integrity: `sha256-${hash}` });
    }
  }
  return found;
}

function digest(bytes) {
  return createHash("sha256").update(bytes).digest("base64");
}
