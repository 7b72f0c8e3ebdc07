// Makes the gallery's pictures, card.png and classes.png of every bundled model, from the model itself with its own defaults.
// `node www/tests/cards.mjs [NAME]...`, with the CPU module and the library built.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BUNDLED } from "../models.mjs";
import { blankPage, launch, Site } from "./helpers.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The pictures of a card, in a row and in all, the pixels between them, and the seed; the seed of the classes. */
const CARD = { columns: 4, count: 8, gap: 2, seed: 5 };
const CLASSES = { gap: 0, seed: 11 };
/** Bytes of the largest card. */
const MOST = 15_000;

const browser = await launch();
const site = await Site.start();
const page = await blankPage(browser, site);
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : BUNDLED.map(({ folder }) => folder)) {
  for (const [file, how] of Object.entries({ card: CARD, classes: CLASSES })) {
    const url = await page.evaluate(drawn, { folder: `/models/${name}/`, most: MOST, ...how });
    const bytes = Buffer.from(url.split(",")[1], "base64");
    if (bytes.length > MOST) throw new Error(`${file}.png of ${name} has ${bytes.length} bytes, more than ${MOST}`);
    await writeFile(`${root}models/${name}/${file}.png`, bytes);
    console.log(`models/${name}/${file}.png: ${bytes.length} bytes`);
  }
}
await browser.close();
await site.close();

/** So many pictures of a model, a class after the other, in rows; by default one of each class, in one row. Colours are rounded until it fits. */
async function drawn({ folder, columns, count, gap, seed, most }) {
  const model = await (await unnoise.Diffuser.create({ backend: "cpu" })).load(folder);
  const { info } = model;
  const classes = Array.from({ length: info.classes ?? 1 }, (_, label) => label).filter(
    (label) => label !== info.noClass,
  );
  const labels = Array.from({ length: count ?? classes.length }, (_, image) => classes[image % classes.length]);
  const { images } = await model.sample({ ...info.defaults, seed, batch: labels.length, labels }).result();
  const [, height, width] = info.shape;
  const across = columns ?? images.length;
  const side = (pixels, places) => places * (pixels + gap) - gap;
  const [wide, high] = [side(width, across), side(height, Math.ceil(images.length / across))];
  const canvas = Object.assign(document.createElement("canvas"), { width: wide, height: high });
  const context = canvas.getContext("2d");
  let url = "";
  for (const step of [1, 4, 8, 12, 16, 24]) {
    context.fillRect(0, 0, wide, high);
    for (const [i, { data }] of images.entries()) {
      const rounded = data.map((value, at) => (at % 4 === 3 ? value : Math.round(value / step) * step));
      const [x, y] = [(i % across) * (width + gap), Math.floor(i / across) * (height + gap)];
      context.putImageData(new ImageData(rounded, width, height), x, y);
    }
    url = canvas.toDataURL("image/png");
    if (0.75 * (url.length - "data:image/png;base64,".length) <= most) break;
  }
  return url;
}
