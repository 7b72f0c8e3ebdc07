// Pictures as numbers: those that the page shows, and those that a plain run of the library gives.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { readTexts } from "../languages.mjs";

const folder = fileURLToPath(new URL("../page/", import.meta.url));

/** Modules of the page that need no page, as one, speaking English. */
export async function pageParts(...names) {
  const contents = [...new Set([...names, "texts"])].map((name) => `export * from "./${name}.ts";`).join("\n");
  const stdin = { contents, resolveDir: folder, loader: "ts" };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", write: false, logLevel: "warning" });
  const parts = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
  const { shared, page } = (await readTexts(fileURLToPath(new URL("../../", import.meta.url)))).get("en");
  parts.speak("en", { ...shared, ...page });
  return parts;
}

/** Side of the tiny model's pictures. */
const SIDE = 8;

/** The pictures on a stage, each as its grey values: every pixel of theirs is a square there. */
export async function shownOn(page, id, count = 1) {
  const { fitGrid } = await pageParts("../ui/grid");
  const size = await page.evaluate((name) => {
    const { width, height } = document.getElementById(name);
    return { width, height };
  }, id);
  const grid = fitGrid(count, size, { width: SIDE, height: SIDE });
  return page.evaluate(
    ([name, { scale, places }, side]) => {
      const canvas = document.getElementById(name);
      const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const at = (x, y) => data[4 * (Math.floor(y) * width + Math.floor(x))];
      const pixels = Array.from({ length: side * side }, (_, i) => [i % side, Math.floor(i / side)]);
      return places.map(({ x, y }) => pixels.map(([i, j]) => at(x + (i + 0.5) * scale, y + (j + 0.5) * scale)));
    },
    [id, grid, SIDE],
  );
}

/** The pictures of a plain run on the tiny model, each as its grey values. */
export function plainRun(page, options, model = "/tiny/") {
  return page.evaluate(
    async ([o, address]) => {
      globalThis.plain ??= (async () => {
        const { Diffuser } = await import("/pkg/index.js");
        return (await Diffuser.create({ backend: "cpu" })).load(address);
      })();
      const { images } = await (await globalThis.plain).sample(o).result();
      return images.map(({ data }) => [...data].filter((_, i) => i % 4 === 0));
    },
    [options, model],
  );
}
