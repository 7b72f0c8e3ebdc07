// Bundles the page, and the library: one script with all that is needed at once, and files that are fetched when they are first wanted.
// These import what they share with it from the script itself. esbuild alone would put every set of shared modules into a file of its own, and many
// small files are compressed worse than one.
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { build } from "./bundled.mjs";

/** Builds `main` as NAME.js and each of `later` beside it; `shared` are esbuild's options, `plugins` go before ours. */
export async function bundle({ main, later, name, outdir, plugins, ...shared }) {
  const files = new Map(later.map((path) => [path, `./${basename(path, ".ts")}.js`]));
  const first = { ...shared, plugins: [...plugins, fetchedLater(files)], metafile: true };
  const { metafile } = await build({ ...first, entryPoints: [main], write: false, outdir });
  const modules = Object.keys(metafile.inputs).map((path) => join(shared.absWorkingDir, path));
  const names = await exportsOf(modules.filter((path) => path !== main && /\.m?[jt]s$/.test(path)));
  const script = `./${name}.js`;
  const { outputFiles } = await build({
    ...shared,
    plugins: [...plugins, fetchedLater(files), sharedWith(names, script, shared.absWorkingDir)],
    entryPoints: later.map((path) => ({ in: path, out: basename(path, ".ts") })),
    splitting: true,
    chunkNames: "chunk-[hash]",
    write: false,
    outdir,
  });
  const wanted = new Set(
    outputFiles.filter(({ path }) => path.endsWith(".js")).flatMap(({ text }) => takenFrom(script, text)),
  );
  // No path of this machine, here and below: it would come into the source maps, and into the names of chunks.
  const resolveDir = dirname(main);
  const from = (path) => JSON.stringify(`./${relative(resolveDir, path).replaceAll("\\", "/")}`);
  const contents = [
    `export * from ${from(main)};`,
    ...[...names].map(([path, those]) => handOut(from(path), those, wanted)),
  ].join("\n");
  const stdin = { contents, resolveDir, sourcefile: `${name}.js` };
  const built = await build({ ...first, stdin, entryNames: name, write: false, outdir });
  return [...outputFiles, ...built.outputFiles];
}

/** Leaves the import of a file that is fetched later to the browser. */
function fetchedLater(files) {
  return {
    name: "fetched-later",
    setup({ onResolve }) {
      onResolve({ filter: /\.ts$/ }, ({ path, kind, resolveDir }) => {
        const file = kind === "dynamic-import" && files.get(join(resolveDir, path));
        return file ? { path: file, external: true } : undefined;
      });
    },
  };
}

/** What each of these modules exports, by its path, and the name under which the script hands it out. */
async function exportsOf(paths) {
  const { outputs } = (
    await build({ entryPoints: paths, bundle: false, write: false, metafile: true, outdir: "/", outbase: "/" })
  ).metafile;
  const found = Object.values(outputs).map(({ entryPoint, exports }) => [entryPoint, exports]);
  return new Map(
    paths.map((path, i) => {
      const [, exported] = found.find(([entryPoint]) => path.endsWith(entryPoint)) ?? [path, []];
      return [path, exported.map((name, j) => ({ name, as: `_${i.toString(36)}_${j.toString(36)}` }))];
    }),
  );
}

/** In place of a module of the script stands what the script hands out of it. */
function sharedWith(names, script, root) {
  return {
    name: "shared-with",
    setup({ onResolve, onLoad, resolve }) {
      // One for each that imports it, so that it comes to stand in the importer's own file. A package of which there were two would
      // not know the other's state.
      onResolve(
        { filter: /^(\.{1,2}\/.*\.ts$|[@\w])/ },
        async ({ path, resolveDir, importer, kind, pluginData: asked }) => {
          if (asked || !importer.endsWith(".ts")) return undefined;
          const isPackage = !path.startsWith(".");
          const found = isPackage && (await resolve(path, { resolveDir, importer, kind, pluginData: true }));
          const module = found ? found.path : join(resolveDir, path);
          if (!names.has(module)) return undefined;
          const pluginData = { module, importer, as: path };
          return { path: relative(root, importer), namespace: "shared", pluginData, suffix: `?${path}` };
        },
      );
      onResolve({ filter: new RegExp(`^\\./${basename(script)}$`) }, () => ({ path: script, external: true }));
      onLoad({ filter: /./, namespace: "shared" }, async ({ pluginData: { module, importer, as } }) => {
        const used = namesIn(await readFile(importer, "utf8"), as);
        const those = names.get(module).filter(({ name }) => used.has(name));
        return {
          contents: `export { ${those.map(({ name, as }) => `${as} as ${name}`).join()} } from ${JSON.stringify(script)};`,
        };
      });
    },
  };
}

/** The names of values that a source imports from a module. */
function namesIn(source, module) {
  const lists = [...source.matchAll(/^(?:import|export) \{([^}]*)\} from "([^"]*)"/gm)].filter(
    ([, , from]) => from === module,
  );
  const names = lists.flatMap(([, list]) => list.split(",")).map((one) => one.trim().split(" as ")[0]);
  return new Set(names.filter((name) => name !== "" && !name.startsWith("type ")));
}

/** The names that built code imports from the script. */
function takenFrom(script, text) {
  const lists = text.matchAll(/import\{([^}]*)\}from"([^"]*)"/g);
  return [...lists]
    .filter(([, , from]) => from === script)
    .flatMap(([, list]) => list.split(",").map((one) => one.split(" as ")[0]));
}

/** Exports of a module what others take of it. */
function handOut(path, those, wanted) {
  const taken = those.filter(({ as }) => wanted.has(as)).map(({ name, as }) => `${name} as ${as}`);
  return taken.length === 0 ? "" : `export { ${taken.join()} } from ${path};`;
}
