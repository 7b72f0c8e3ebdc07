// Makes www/page/icons/: the mark as icons, and what the model that the page begins with makes for the card of links and the moments of loading.
// `node www/tests/icons.mjs`, with the CPU module and the library built.
import { mkdir, writeFile } from "node:fs/promises";
import { BUNDLED } from "../models.mjs";
import { blankPage, launch, Site } from "./helpers.mjs";

const icons = new URL("../page/icons/", import.meta.url);

/** The mark: noise at the left, the picture at the right; square, with so much room around it, in sevenths. */
const mark = (room) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-room} ${-room} ${7 + 2 * room} ${7 + 2 * room}" shape-rendering="crispEdges">
  <title>unnoise</title><path d="M-9-9h30v30h-30z"/><path fill="#fff" d="M1 1h1v1H1zM1 4h1v1H1zM2 5h1v1H2zM2 2h1v1H2z"/><path fill="#ee4612" d="M3 1h3v5H3z"/></svg>`;

/** Each icon: its side, and the room around the mark. A round mask cuts a fifth off each side. */
const ICONS = { "icon-192": [192, 0], "icon-512": [512, 0], "icon-maskable": [512, 2], "apple-touch-icon": [180, 1] };

/** The model that the page begins with, the seed of its pictures, and the steps of a run that show how it goes, from 0 to 1. */
const [{ folder, class: shownClass }] = BUNDLED;
const RUN = { folder: `/models/${folder}/`, seed: 7, shown: [0.35, 0.6, 0.8, 1] };

/** Each picture: how many images a step has, pixels of the picture per pixel of theirs, those between them, the class and the size. */
const FIRST = { images: 1, scale: 1, gap: 2, class: shownClass };
const CARD = { images: 8, scale: 4, gap: 7, size: [1200, 630] };

const browser = await launch();
const site = await Site.start();
const page = await blankPage(browser, site);
await mkdir(icons, { recursive: true });

for (const [name, [side, room]] of Object.entries(ICONS)) await save(`${name}.png`, await drawn(mark(room), side));
await save("icon.svg", Buffer.from(mark(0).replaceAll(/\n\s*/g, "")));
await save("favicon.ico", ico(await drawn(mark(0), 32), 32));
for (const [name, how] of Object.entries({ first: FIRST, card: CARD })) {
  await save(`${name}.png`, await page.evaluate(steps, { ...RUN, ...how }));
}
await browser.close();
await site.close();

async function save(name, given) {
  const bytes = typeof given === "string" ? Buffer.from(given, "base64") : given;
  await writeFile(new URL(name, icons), bytes);
  console.log(`www/page/icons/${name}: ${bytes.length} bytes`);
}

/** An SVG as a PNG of this side. */
function drawn(svg, side) {
  return page.evaluate(
    async ({ svg, side }) => {
      const image = Object.assign(new Image(), { src: `data:image/svg+xml,${encodeURIComponent(svg)}`, width: side });
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
      canvas.getContext("2d").drawImage(image, 0, 0, side, side);
      return canvas.toDataURL("image/png").split(",")[1];
    },
    { svg, side },
  );
}

/** A PNG in an ICO. */
function ico(base64, side) {
  const png = Buffer.from(base64, "base64");
  const head = Buffer.alloc(22);
  for (const [at, value] of [[2, 1], [4, 1], [10, 1], [12, 32]]) head.writeUInt16LE(value, at); // biome-ignore format: a table
  head.writeUInt8(side, 6);
  head.writeUInt8(side, 7);
  head.writeUInt32LE(png.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, png]);
}

/** A run at four of its steps: of one picture these lie beside each other, of several below each other. All of it in the middle of `size`. */
async function steps({ folder, seed, shown, images, scale, gap, class: name, size }) {
  const model = await (await unnoise.Diffuser.create({ backend: "cpu" })).load(folder);
  const { defaults, labels, noClass, shape } = model.info;
  const classes = labels.keys().filter((label) => (name === undefined ? label !== noClass : labels[label] === name));
  const each = [...classes];
  const run = model.sample({
    ...defaults,
    seed,
    batch: images,
    labels: Array.from({ length: images }, (_, i) => each[i % each.length]),
  });
  const [, height, width] = shape;
  const [across, down] = images === 1 ? [shown.length, 1] : [images, shown.length];
  const side = (pixels, places) => places * (pixels * scale + gap) - gap;
  const [wide, high] = size ?? [side(width, across), side(height, down)];
  const [left, top] = [(wide - side(width, across)) / 2, (high - side(height, down)) / 2];
  const canvas = Object.assign(document.createElement("canvas"), { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.fillRect(0, 0, wide, high);
  context.imageSmoothingEnabled = false;
  const small = new OffscreenCanvas(width, height);
  for await (const step of run) {
    const at = shown.findIndex((part) => Math.round(part * step.steps) === step.index + 1);
    for (let image = 0; at >= 0 && image < images; image++) {
      const [column, row] = images === 1 ? [at, 0] : [image, at];
      small.getContext("2d").putImageData(step.rgba("xt", image), 0, 0);
      const place = [left + column * (width * scale + gap), top + row * (height * scale + gap)];
      context.drawImage(small, ...place.map(Math.round), width * scale, height * scale);
    }
  }
  return canvas.toDataURL("image/png").split(",")[1];
}
