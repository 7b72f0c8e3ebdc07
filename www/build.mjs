// Builds the TypeScript: `node www/build.mjs lib` makes pkg/index.js, pkg/worker.js, the element and their declarations, `page`
// makes site/, `all` makes both; `offline` tells the page's service worker of files that have changed. ADDRESS is where the page
// will be: its card beside a link names its picture by it.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, keepMetafile } from "./bundled.mjs";
import { bundle } from "./chunks.mjs";
import { addressed, pageIn, readTexts } from "./languages.mjs";
import { firstModel, modelList } from "./models.mjs";
import { offline } from "./offline.mjs";
import { source, sourced } from "./source.mjs";
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

/** Files of the page that are fetched when they are first wanted: rooms, plots, Share and Save, and what encodes. */
const LATER = [
  "edit/edit",
  "train/train",
  "train/pictures/zip",
  "train/keep",
  "compare/compare",
  "gallery/gallery",
  "share/link",
  "habits/habits",
  "hood/hood",
  "interpolate/interpolate",
  "plots/plot",
  "sheets-later",
  "files/take",
  "model/store/keeping",
  "save/gif",
  "save/video",
  "offline/offline",
];

/** What has its texts in files of its own, by their parts in www/texts. */
const ROOMS = ["compare", "edit", "files", "gallery", "habits", "hood", "interpolate", "offline", "stored", "train"];

/** Packages leave out what helps to develop with them. */
const PRODUCTION = { "process.env.NODE_ENV": '"production"' };

/** The library, what it fetches when it is asked for, and the worker. */
async function lib() {
  const from = join(root, "www/src");
  const later = ["host/auto", "host/check", "api/averaging", "api/shards", "api/training"].map((name) =>
    join(from, `${name}.ts`),
  );
  const one = { ...shared, outdir: pkg, sourcemap: "external" };
  const library = { ...one, main: join(from, "index.ts"), later, name: "index", plugins: [] };
  await mkdir(pkg, { recursive: true });
  for (const { path, contents } of await bundle(library)) await writeFile(path, contents);
  await build({ ...one, entryPoints: [join(from, "worker/worker.ts")] });
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
  const plugins = [atRunTime(/\/src\/index\.ts$/, "./index.js"), languagesLater, picturesLater, styleAsText];
  const one = { ...shared, outdir: pkg, sourcemap: "external" };
  const entryPoints = ["index", "pictures"].map((name) => ({ in: join(from, `${name}.ts`), out: ELEMENT[name] }));
  await build({ ...one, entryPoints, plugins });
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
  const { repository } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const finding = source(root, site, repository);
  for (const old of await readdir(site)) if (old.startsWith("chunk-")) await rm(join(site, old));
  await build({ ...shared, outdir: site, sourcemap: "linked", entryPoints: [join(from, "page.css")] });
  const later = LATER.map((name) => join(from, `${name}.ts`));
  const plugins = [atRunTime(/\/src\/index\.ts$/, "./pkg/index.js")];
  const one = {
    ...shared,
    main: join(from, "main.ts"),
    later,
    name: "page",
    outdir: site,
    sourcemap: "linked",
    plugins,
    define: PRODUCTION,
  };
  for (const { path, contents } of await bundle(one)) await writeFile(path, contents);
  // A script that is no module: it runs before the page is drawn.
  const define = { LANGUAGES: JSON.stringify(languages) };
  await build({ ...shared, format: "iife", define, entryPoints: [join(from, "language.ts")], outdir: site });
  const template = addressed(await readFile(join(from, "index.html"), "utf8"), process.env.ADDRESS);
  const [found, first] = [await finding, await firstModel(root)];
  for (const [tag, told] of texts) {
    const html = pageIn(tag, sourced(template, tag, found), told, languages, first);
    await writeFile(join(site, tag === "en" ? "index.html" : `${tag}.html`), html);
    for (const room of ROOMS) await writeFile(join(site, `${room}.${tag}.json`), JSON.stringify(told[room]));
  }
  await writeFile(join(site, "models.json"), JSON.stringify(await modelList(root)));
  await cp(join(from, "icons"), site, { recursive: true });
  await cp(join(from, "app.webmanifest"), join(site, "app.webmanifest"));
  const embed = await readFile(join(root, "www/element/embed.html"), "utf8");
  await writeFile(join(site, "embed.html"), embed.replaceAll("./embed.", "./pkg/embed."));
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

/** The element's scripts. */
const ELEMENT = { index: "element", pictures: "element-pictures" };

/** What fetches pictures is fetched itself when an attribute first asks for it. */
const picturesLater = atRunTime(/^\.\/pictures\.ts$/, `./${ELEMENT.pictures}.js`);

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

const keeper = () => offline(root);
const targets = { lib: [lib], page: [page, post, keeper], all: [lib, page, post, keeper], offline: [keeper] };
const target = process.argv[2] ?? "all";
if (!Object.hasOwn(targets, target)) {
  console.error(`there is no target ${target}; the targets are ${Object.keys(targets).join(", ")}`);
  process.exit(2);
}
for (const step of targets[target]) {
  await step();
  await keepMetafile(root, step.name);
}
