/** A picture as code to be pasted elsewhere: the element for a web page, and the calls of the library. */

import type { SampleOptions } from "../../src/index.ts";
import { attributeOf, optionOf } from "../../ui/options.ts";
import {
  type Batch,
  batchOptions,
  frameAt,
  type InterpolationSettings,
  labelOf,
  layoutOf,
  placeOf,
} from "../interpolate/settings.ts";
import { partsOf } from "../model/engine.ts";
import { className } from "../panel/classes.ts";
import { labelsFor, planOptions, seedOptions } from "../settings.ts";
import { caption, joined, t } from "../texts.ts";
import { editAttributes, editCode, editImports, editOption } from "./edit-code.ts";
import { parametersOf } from "./link.ts";
import { attributeLiteral, isPlain, scriptLiteral } from "./literals.ts";
import type { Made } from "./made.ts";

/** Where the model of a visitor's own files is looked for. */
export const YOUR_MODEL = "./my-model/";

/** Parameters that the element takes in a way of its own. */
const APART = ["model", "class", "backend", "b", "at"];

/** One script tag and one element that make the same picture in any web page; `show` is which picture of a step it shows. */
export function embedCode(made: Made, show: "x0" | "xt", page = document.baseURI): string {
  const labels = labelsInWords(made);
  const kept = Object.entries(parametersOf(made)).flatMap(([name, value]) => {
    const option = APART.includes(name) || value === "own" ? undefined : optionOf(name);
    return option === undefined ? [] : [[attributeOf(option), String(value)]];
  });
  const attributes = [
    ["model", modelAddress(made, page)],
    ...(labels === "" ? [] : [["labels", labels]]),
    ...kept,
    ...lineOf(made),
    ...((made.edit && editAttributes(made.edit)) ?? []),
    ["show", show],
  ];
  const written = attributes.map(([name, value]) => `${name}=${attributeLiteral(value ?? "")}`);
  const script = attributeLiteral(new URL("./pkg/element.js", page).href);
  const note = made.morph && lineOf(made).length === 0 ? `<!-- ${t("codeOnlyA")} -->\n` : "";
  return `${note}<script type="module" src=${script}></script>\n<diffusion-sampler ${written.join(" ")}></diffusion-sampler>\n`;
}

/** The line from A to B as the element has it, which knows no other interpolation, and one class for all of it. */
function lineOf({ morph, info }: Made): [name: string, value: string][] {
  if (morph?.mode !== "two") return [];
  const [a, b] = morph.classes.map((choice) => labelOf(choice, morph, info));
  if (a !== b) return [];
  const places = Array.from({ length: morph.frames }, (_, frame) => placeOf(frame, layoutOf(morph))[0]);
  return [
    ["to", String(morph.seeds[1])],
    ["at", places.join(", ")],
  ];
}

/** The class of every image as the element's `labels` takes them: by name, by number where a name does not say which or is not plain. */
function labelsInWords({ settings, info }: Made): string {
  const labels = labelsFor(settings.class, settings.images, info) ?? [];
  const names = info.labels?.map((name) => name.trim().toLowerCase()) ?? [];
  const word = (index: number) => {
    const name = names[index] ?? "";
    const clear = isPlain(name) && !/^\d*$|,/.test(name) && names.indexOf(name) === index;
    return clear ? (info.labels?.[index] ?? "") : String(index);
  };
  return (typeof settings.class === "number" ? labels.slice(0, 1) : labels).map(word).join(", ");
}

/** A module that makes the same picture with the library and puts it at the end of the page. */
export function apiCode(made: Made, page = document.baseURI): string {
  const backend = made.asked === "auto" ? "" : `{ backend: ${scriptLiteral(made.asked)} }`;
  return `// ${commentLine(made)}
import { ${made.edit ? editImports(made.edit) : "Diffuser"} } from ${scriptLiteral(new URL("./pkg/index.js", page).href)}; // ${t("codePackage")}

const diffuser = await Diffuser.create(${backend});
const model = await diffuser.load(${scriptLiteral(modelAddress(made, page))}${sizeOption(made)});
${made.edit ? editCode(made.edit) : ""}const run = model.sample(${literal(optionsOf(made), made.edit && editOption(made.edit, made.settings.images))});

for await (const { index, steps } of run) console.log(\`step \${index + 1} of \${steps}\`);

const { images } = await run.result();
for (const image of images) {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  document.body.append(canvas);
}
diffuser.dispose();
`;
}

/** The options of a run, none of them left to a default that matters. */
export function optionsOf({ settings, info, plan, morph }: Made): SampleOptions {
  if (morph) return batchOptions(wholeOf(morph), morph, settings, info, plan.timesteps.length);
  const { rng, images: batch, guidance } = settings;
  const options: SampleOptions = { ...planOptions(settings), ...seedOptions(settings), rng, batch };
  const labels = labelsFor(settings.class, batch, info);
  if (labels) options.labels = typeof settings.class === "number" ? [settings.class] : labels;
  if (guidance !== 1) options.guidance = guidance;
  return options;
}

/** All frames of an interpolation in one batch; of variations, those of the frame that is looked at. */
function wholeOf(morph: InterpolationSettings): Batch {
  const layout = layoutOf(morph);
  const count = layout.columns * layout.rows;
  if (morph.mode === "variations") return { frames: [frameAt(morph.at, layout)], images: layout.images };
  return { frames: Array.from({ length: count }, (_, frame) => frame), images: count };
}

/** What a picture was made with, in one line of the page. */
export function madeLine(made: Made): string {
  const { class: choice, images } = made.settings;
  return lineWith(className(choice, made.info, images), made);
}

/** The same for a comment in code, where nothing stands that comes from a model: a class by its number. */
export function commentLine(made: Made): string {
  const { class: choice, images } = made.settings;
  const [only] = images === 1 && choice === "each" ? (labelsFor(choice, 1, made.info) ?? []) : [choice];
  return typeof only === "number" ? lineWith(t("class", { n: only }), made) : madeLine(made);
}

function lineWith(className: string, { settings, plan, morph, table }: Made): string {
  if (table) return joined(t("tableMade"), className, t("seed", { seed: String(settings.seed) }));
  const line = caption(settings, plan.timesteps.length, className);
  const corners = { two: 2, four: 4, variations: 1 }[morph?.mode ?? "variations"];
  return [line, ...(morph?.seeds.slice(1, corners) ?? [])].join(" → ");
}

/** The whole address of a model's folder; a placeholder for files of one's own. */
export function modelAddress({ source }: Made, page = document.baseURI): string {
  const [from] = partsOf(source);
  if (typeof from !== "string") return YOUR_MODEL;
  const address = new URL(from, page).href;
  return address.endsWith("/") ? address : `${address}/`;
}

/** The option of another size than the model's own. */
function sizeOption({ source }: Made): string {
  const [, size] = partsOf(source);
  return size ? `, { size: [${size.join(", ")}] }` : "";
}

/** An object literal, one entry per line, and at its end another one that is code. */
function literal(options: object, code = ""): string {
  const lines = Object.entries(options).map(([name, value]) => `  ${name}: ${scriptLiteral(value)},\n`);
  return `{\n${lines.join("").replaceAll(/(?<=\d),(?=\d)/g, ", ")}${code}}`;
}
