// The languages of the page: www/texts has a file for each, and www/page/index.html is filled with it, {{key}} by {{key}}.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** The innermost placeholder: a key, and what stands for {0}, {1} and so on in its text. */
const PLACEHOLDER = /\{\{(\w+)((?: \|\| (?:(?!\{\{|\}\}).)*)?)\}\}/gs;

/** The texts of every language by its tag, English first. */
export async function readTexts(root) {
  const files = (await readdir(join(root, "www/texts"))).filter((file) => file.endsWith(".json"));
  const read = async (file) => [
    basename(file, ".json"),
    JSON.parse(await readFile(join(root, "www/texts", file), "utf8")),
  ];
  const all = await Promise.all(files.map(read));
  return new Map(all.sort(([a], [b]) => Number(b === "en") - Number(a === "en")));
}

/**
 * The page in a language; what it says while it runs is in a block of data. `languages` are all that it can be read in, `model` is the one
 * that it begins with.
 */
export function pageIn(language, template, { shared, page, markup }, languages, model) {
  const options = languages.map((tag) => {
    const name = new Intl.DisplayNames(tag, { type: "language" }).of(tag);
    return `<option value="${tag}" lang="${tag}"${tag === language ? " selected" : ""}>${name}</option>`;
  });
  const said = JSON.stringify({ ...shared, ...page }).replaceAll("<", "\\u003c");
  const block = `<script type="application/json" id="texts">${said}</script>`;
  return fill(template, { ...shared, ...page, ...markup, ...standing(language, page, model) })
    .replace("<!-- classes -->", () => chips(model.labels))
    .replace('<html lang="en">', `<html lang="${language}">`)
    .replace("<!-- languages -->", options.join(""))
    .replace("<!-- texts -->", () => block);
}

/** The page with its own address, and that of its picture, where it is known: who shows a card of a link resolves no relative one. */
export function addressed(html, address) {
  if (!address) return html;
  const { href } = new URL(address.replace(/\/*$/, "/"));
  return html.replaceAll(/(rel="canonical" href="|"og:image" content=")\.\//g, `$1${href}`);
}

/** What the page's script says of a model, as it stands there before the model is. */
function standing(language, page, { name, parameters, shape }) {
  const [channels, height, width] = shape;
  const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const n = new Intl.NumberFormat(language, one).format(parameters / 1e6);
  const size = put(page.modelMillions, { n, width, height });
  const modelSize = channels === 3 ? put(page.modelColour, { size }) : size;
  return { modelName: name, modelSize, modelShape: JSON.stringify(shape) };
}

function put(text, values) {
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A choice for each class that means something. */
function chips(labels) {
  return labels
    .map((name, value) => ({ name, value }))
    .filter(({ name }) => name !== "no class")
    .map(
      ({ name, value }) =>
        `<label><input type="radio" name="class" value="${value}"><span><i class="tile"></i>${escaped(name)}</span></label>`,
    )
    .join("");
}

function fill(template, texts) {
  const filled = template.replaceAll(PLACEHOLDER, (_, key, parts) => {
    if (!Object.hasOwn(texts, key)) throw new Error(`www/texts has no text "${key}", which index.html names`);
    const children = parts.split(" || ").slice(1);
    return escaped(texts[key]).replaceAll(/\{(\d+)\}/g, (_, index) => children[index]);
  });
  return filled === template ? filled : fill(filled, texts);
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
