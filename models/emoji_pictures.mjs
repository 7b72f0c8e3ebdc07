// Renders the pictures that `train_emoji.py` learns: emoji of four vendors in 32x32 pixels on white, in five classes.
//
//     npm i @iconify-json/noto @iconify-json/twemoji @iconify-json/fluent-emoji @iconify-json/fluent-emoji-flat emojibase-data @resvg/resvg-js
//     node emoji_pictures.mjs
//
// Run it in a folder that has these packages. It writes emoji32.rgb (N x 32 x 32 x 3 bytes) and emoji32.json ([class, vendor, name] of each).

import fs from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const load = createRequire(join(process.cwd(), "package.json"));
const { Resvg } = load("@resvg/resvg-js");

const SIZE = 32;
// Each pixel is the mean of SCALE x SCALE rendered ones.
const SCALE = 4;
const VENDORS = ["noto", "twemoji", "fluent-emoji-flat", "fluent-emoji"];

const groups = load("emojibase-data/en/messages.json");
const subgroups = new Map(groups.subgroups.map(({ order, key }) => [order, key]));

/** The class of an entry of emojibase-data by Unicode's groups and subgroups; undefined for those that are left out. */
function classOf({ group, subgroup }) {
  const name = subgroups.get(subgroup) ?? "";
  if (group === 0 && /^(cat-face|monkey)/.test(name)) return "animal";
  if (group === 0 && name.startsWith("face")) return "face";
  if (group === 1 && /^person(-role|-fantasy)?$/.test(name)) return "person";
  if (group === 3) return name.startsWith("animal") ? "animal" : "plant";
  if (group === 4 && !name.startsWith("dishware")) return "food";
  return undefined;
}

/** A code point sequence without the variation selector, which vendors set differently. */
const plain = (hexcode) => hexcode.toLowerCase().replace(/-?fe0f/g, "");

/** The class of each code point sequence, with the skin tones of single persons. */
function wanted() {
  const classes = new Map();
  for (const entry of load("emojibase-data/en/data.json")) {
    const name = classOf(entry);
    if (name === undefined) continue;
    const skins = (entry.skins ?? []).filter(({ tone }) => !Array.isArray(tone));
    for (const { hexcode } of [entry, ...skins]) classes.set(plain(hexcode), name);
  }
  return classes;
}

/** SIZE x SIZE x 3 bytes of an icon; undefined where it is not square. */
function render({ left = 0, top = 0, width, height, body }) {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `viewBox="${left} ${top} ${width} ${height}">${body}</svg>`;
  const side = SIZE * SCALE;
  const large = new Resvg(svg, { fitTo: { mode: "width", value: side }, background: "white" }).render();
  if (large.height !== side) return undefined;
  const { pixels } = large;
  const bytes = Buffer.alloc(SIZE * SIZE * 3);
  for (let at = 0; at < bytes.length; at++) {
    const [y, x, channel] = [Math.floor(at / (SIZE * 3)), Math.floor(at / 3) % SIZE, at % 3];
    let sum = 0;
    for (let j = 0; j < SCALE; j++) {
      for (let i = 0; i < SCALE; i++) sum += pixels[((y * SCALE + j) * side + x * SCALE + i) * 4 + channel];
    }
    bytes[at] = Math.round(sum / SCALE ** 2);
  }
  return bytes;
}

const classes = wanted();
const pictures = [];
const names = [];
for (const vendor of VENDORS) {
  const set = load(`@iconify-json/${vendor}/icons.json`);
  const seen = new Set();
  for (const [hexcode, alias] of Object.entries(load(`@iconify-json/${vendor}/chars.json`))) {
    const name = set.icons[alias] ? alias : set.aliases?.[alias]?.parent;
    const icon = set.icons[name];
    const label = classes.get(plain(hexcode));
    if (!label || !icon || seen.has(name)) continue;
    seen.add(name);
    const picture = render({ width: set.width ?? 16, height: set.height ?? 16, ...icon });
    if (!picture) continue;
    pictures.push(picture);
    names.push([label, vendor, name]);
  }
}
fs.writeFileSync("emoji32.rgb", Buffer.concat(pictures));
fs.writeFileSync("emoji32.json", JSON.stringify(names));
console.log(`${names.length} pictures`);
