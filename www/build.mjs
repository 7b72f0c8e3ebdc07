// Builds the TypeScript: `node www/build.mjs lib` makes pkg/index.js, pkg/worker.js, the element and their declarations, `page`
// makes site/, `all` makes both.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { pageIn, readTexts } from "./languages.mjs";
import { packTexts } from "./texts.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pkg = join(root, "pkg");
const site = join(root, "site");

const shared = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "eof",
  charset: "utf8",
  logLevel: "warning",
};

/** Files of the page that are fetched when they are first wanted: the view under the hood, its plots, Share and Save, and what encodes. */
const LATER = ["hood/hood", "hood/plot", "sheets-later", "save/gif", "save/video"];

/** The library, the worker, and the check that the library fetches when it is asked for, each a file by itself. */
async function lib() {
  const entryPoints = ["index", "worker/worker", "host/check"].map((name) => ({
    in: `www/src/${name}.ts`,
    out: name.replace(/^.*\//, ""),
  }));
  const plugins = [atRunTime(/^\.\/check\.ts$/, "./check.js")];
  await build({ ...shared, entryPoints, outdir: pkg, sourcemap: "external", plugins });
  await element();
  await declarations();
  await cp(join(root, "www/package.template.json"), join(pkg, "package.json"));
  await entries();
  await packTexts(root, pkg);
}

/**
 * The package's entries for bundlers. Vite's development server moves an entry that ends in .js to a folder of its own, away from the
 * worker and the modules; one that ends in .jsx stays where it is, and so does what it imports.
 */
async function entries() {
  for (const name of ["index", "element"]) await writeFile(join(pkg, `${name}.jsx`), `export * from "./${name}.js";\n`);
}

/**
 * The element, its texts in other languages, and the page of an iframe: they import the library, and embed.js the element, so that
 * nothing is there twice.
 */
async function element() {
  const from = join(root, "www/element");
  const plugins = [atRunTime(/\/src\/index\.ts$/, "./index.js"), languagesLater, styleAsText];
  const one = { ...shared, outdir: pkg, sourcemap: "external" };
  await build({ ...one, entryPoints: [{ in: join(from, "index.ts"), out: "element" }], plugins });
  for (const [tag] of await readTexts(root)) {
    if (tag === "en") continue;
    const contents = `export { shared, element } from "./${tag}.json";`;
    const stdin = { contents, resolveDir: join(root, "www/texts"), sourcefile: `${tag}.js` };
    await build({ ...shared, stdin, outfile: join(pkg, `element-${tag}.js`) });
  }
  await build({
    ...one,
    entryPoints: [join(from, "embed.ts")],
    plugins: [...plugins, atRunTime(/^\.\/index\.ts$/, "./element.js")],
  });
  const sheets = [join(from, "element.css"), join(from, "embed.css"), join(root, "www/ui/theme.css")];
  await build({
    ...shared,
    outdir: pkg,
    entryPoints: sheets.map((path) => ({ in: path, out: basename(path, ".css") })),
  });
  await cp(join(from, "embed.html"), join(pkg, "embed.html"));
}

/** The declarations that index.d.ts and element.d.ts reach, and no others: the rest is private and names packages that are not installed. */
async function declarations() {
  const made = await mkdtemp(join(tmpdir(), "unnoise-types-"));
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [tsc, "-p", join(root, "tsconfig.types.json"), "--outDir", made]);
    for (const old of await readdir(pkg)) if (old.endsWith(".d.ts")) await rm(join(pkg, old));
    const todo = ["src/index", "element/index", "element/react"];
    for (const name of todo) {
      const text = await readFile(join(made, `${name}.d.ts`), "utf8");
      const linked = text.replaceAll(/from "(\.[\w./]+)\.ts"/g, (_, path) => {
        const other = join(dirname(name), path);
        if (!todo.includes(other)) todo.push(other);
        return `from "./${flat(other)}.js"`;
      });
      await writeFile(join(pkg, `${flat(name)}.d.ts`), linked);
    }
    // Style sheets that TypeScript lets a module import.
    for (const name of ["element", "theme"]) await writeFile(join(pkg, `${name}.css.d.ts`), "export {};\n");
  } finally {
    await rm(made, { recursive: true });
  }
}

/** The name in pkg/ of a source's declarations: pkg/ is one folder, and the element's are told apart by a prefix. */
function flat(name) {
  if (name === "element/index") return "element";
  return name.replace(/^src\/(api\/|host\/)?/, "").replace(/^(element|ui)\//, "$1-");
}

/**
 * The page: its script imports the library from ./pkg/index.js at run time; its style is bundled; the markup is written once for
 * each language, English as index.html.
 */
async function page() {
  const from = join(root, "www/page");
  const texts = await readTexts(root);
  const languages = [...texts.keys()];
  await mkdir(site, { recursive: true });
  const entryPoints = [
    { in: join(from, "main.ts"), out: "page" },
    { in: join(from, "page.css"), out: "page" },
    ...LATER.map((name) => ({ in: join(from, `${name}.ts`), out: name.replace(/^.*\//, "") })),
  ];
  const lazy = { splitting: true, chunkNames: "chunk-[hash]" };
  for (const old of await readdir(site)) if (old.startsWith("chunk-")) await rm(join(site, old));
  const output = { outdir: site, sourcemap: "linked", metafile: true };
  const plugins = [atRunTime(/\/src\/index\.ts$/, "./pkg/index.js")];
  const { metafile } = await build({ ...shared, ...lazy, ...output, entryPoints, plugins });
  // A script that is no module: it runs before the page is drawn.
  const define = { LANGUAGES: JSON.stringify(languages) };
  await build({ ...shared, format: "iife", define, entryPoints: [join(from, "language.ts")], outdir: site });
  const html = await readFile(join(from, "index.html"), "utf8");
  const template = html.replace("<!-- preloads -->\n", preloads(metafile));
  for (const [tag, told] of texts) {
    await writeFile(join(site, tag === "en" ? "index.html" : `${tag}.html`), pageIn(tag, template, told, languages));
  }
  const embed = await readFile(join(root, "www/element/embed.html"), "utf8");
  await writeFile(join(site, "embed.html"), embed.replaceAll("./embed.", "./pkg/embed."));
}

/** Asks for the chunks of the page's script together with it, not after it. */
function preloads({ outputs }) {
  const chunks = outputs["site/page.js"].imports.filter(
    ({ kind, external }) => kind === "import-statement" && !external,
  );
  return chunks.map(({ path }) => `<link rel="modulepreload" href="./${path.replace("site/", "")}">\n`).join("");
}

/** Leaves an import to the browser, under the address that the file has beside the bundle. */
function atRunTime(filter, path) {
  return {
    name: "at-run-time",
    setup({ onResolve }) {
      onResolve({ filter }, () => ({ path, external: true }));
    },
  };
}

/** Leaves the element's texts in other languages to the browser, a file for each. */
const languagesLater = {
  name: "languages-later",
  setup({ onResolve }) {
    onResolve({ filter: /\/texts\/\w+\.json$/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: `./element-${basename(path, ".json")}.js`, external: true } : undefined,
    );
  },
};

/** The element's style, as small as the page's: without the custom properties that it does not use. */
const styleAsText = {
  name: "style-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\/shadow\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...shared, entryPoints: [path], write: false });
      const style = outputFiles[0].text.trim();
      const used = (name) => style.includes(`var(${name}`);
      const contents = style.replaceAll(/(--[\w-]+):[^;}]*;?/g, (all, name) =>
        used(name) ? all.replace(": ", ":") : "",
      );
      return { contents, loader: "text" };
    });
  },
};

/** The article, beside the page: it takes ../pkg/ and ../models/ from there. */
function post() {
  return cp(join(root, "examples/blog-post"), join(site, "blog-post"), { recursive: true });
}

async function run(command, args) {
  try {
    await promisify(execFile)(command, args);
  } catch (error) {
    throw new Error(`${error.stdout}${error.stderr}`);
  }
}

const targets = { lib: [lib], page: [page, post], all: [lib, page, post] };
const target = process.argv[2] ?? "all";
if (!Object.hasOwn(targets, target)) {
  console.error(`there is no target ${target}; the targets are ${Object.keys(targets).join(", ")}`);
  process.exit(2);
}
for (const step of targets[target]) await step();
