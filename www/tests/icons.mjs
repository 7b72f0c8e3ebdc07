// Makes www/page/icons/: the mark as icons, and what the bundled model makes for the card of links and the moments of loading.
// `node www/tests/icons.mjs`, with the CPU module and the library built.
import { mkdir, writeFile } from "node:fs/promises";
import { crc32, deflateSync } from "node:zlib";
import { blankPage, launch, Site } from "./helpers.mjs";

const icons = new URL("../page/icons/", import.meta.url);

/** The mark: noise at the left, the picture at the right; square, with so much room around it, in sevenths. */
const mark = (room) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-room} ${-room} ${7 + 2 * room} ${7 + 2 * room}" shape-rendering="crispEdges">
  <title>unnoise</title><path d="M-9-9h30v30h-30z"/><path fill="#fff" d="M1 1h1v1H1zM1 4h1v1H1zM2 5h1v1H2zM2 2h1v1H2z"/><path fill="#ee4612" d="M3 1h3v5H3z"/></svg>`;

/** Each icon: its side, and the room around the mark. A round mask cuts a fifth off each side. */
const ICONS = { "icon-192": [192, 0], "icon-512": [512, 0], "icon-maskable": [512, 2], "apple-touch-icon": [180, 1] };

/** The sampler of the pictures, and the steps of a run that show how it goes. */
const RUN = { sampler: "analytic-ddpm", steps: 100, clip: "x0-eps", trajectory: "even", seed: 7 };
const SHOWN = [34, 69, 84, 99];

const browser = await launch();
const site = await Site.start();
const page = await blankPage(browser, site);
await mkdir(icons, { recursive: true });

for (const [name, [side, room]] of Object.entries(ICONS)) await save(`${name}.png`, await drawn(mark(room), side));
await save("icon.svg", Buffer.from(mark(0).replaceAll(/\n\s*/g, "")));
await save("favicon.ico", ico(await drawn(mark(0), 32), 32));
await save("first.png", greyPng(await page.evaluate(first, { run: RUN, shown: SHOWN })));
await save("card.png", await page.evaluate(card, { run: RUN, shown: SHOWN }));
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

/** A run from noise to a boot: four of its steps beside each other, as rows of grey values. */
async function first({ run, shown }) {
  const model = await (await unnoise.Diffuser.create({ backend: "cpu" })).load("/models/fashion-mnist/");
  const tiles = [];
  for await (const step of model.sample({ ...run, labels: [9] })) {
    if (shown.includes(step.index)) tiles.push(step.rgba("xt").data.filter((_, i) => i % 4 === 0));
  }
  const rowOf = (tile, row, gap) => [...gap, ...tile.slice(28 * row, 28 * (row + 1))];
  return Array.from({ length: 28 }, (_, row) => tiles.flatMap((tile, i) => rowOf(tile, row, i === 0 ? [] : [0, 0])));
}

/** Rows of grey values as a PNG. */
function greyPng(rows) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const ends = [Buffer.alloc(4), Buffer.alloc(4)];
    ends[0].writeUInt32BE(data.length);
    ends[1].writeUInt32BE(crc32(body));
    return Buffer.concat([ends[0], body, ends[1]]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(rows[0].length, 0);
  header.writeUInt32BE(rows.length, 4);
  header[8] = 8;
  const data = deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])), { level: 9 });
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

/** 1200 x 630: eight clothes at four steps of a run. */
async function card({ run, shown }) {
  const model = await (await unnoise.Diffuser.create({ backend: "cpu" })).load("/models/fashion-mnist/");
  const canvas = Object.assign(document.createElement("canvas"), { width: 1200, height: 630 });
  const context = canvas.getContext("2d");
  context.fillRect(0, 0, 1200, 630);
  context.imageSmoothingEnabled = false;
  const small = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
  for await (const step of model.sample({ ...run, batch: 8, labels: [9, 3, 8, 1, 6, 7, 0, 5] })) {
    const row = shown.indexOf(step.index);
    for (let column = 0; row >= 0 && column < 8; column++) {
      small.getContext("2d").putImageData(step.rgba("xt", column), 0, 0);
      context.drawImage(small, 32 + 143 * column, 38 + 141 * row, 135, 135);
    }
  }
  return canvas.toDataURL("image/png").split(",")[1];
}
