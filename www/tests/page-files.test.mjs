// Files that are dropped on the page or opened in it: settings and models are taken, and all else is refused by what it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "./helpers.mjs";
import { openPage, text, untilRun } from "./page-site.mjs";
import { safetensors, tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";
import { callingFile, legacyTorchFile, shardsOf, torchFile } from "./torch-file.mjs";

const { browser, site } = await setUp({ whole: true });
const page = await openPage(browser, site, "steps=2&seed=5&images=1");

/**
 * Drops files on the page: each a name and its content, in bytes or as code that makes it there. What was said before is taken
 * back first.
 */
function drop(files) {
  return page.evaluate(
    ([given]) => {
      for (const said of document.querySelectorAll(".problem")) said.textContent = "";
      const transfer = new DataTransfer();
      for (const { name, bytes, code, type = "" } of given) {
        // biome-ignore lint/security/noGlobalEval: the test's own code, for contents that are too large to be handed over
        const content = bytes ? Uint8Array.from(bytes) : globalThis.eval(code);
        transfer.items.add(new File([content], name, { type }));
      }
      document
        .getElementById("stage")
        .dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    [
      files.map(({ name, content, ...more }) => ({
        name,
        ...more,
        ...(content !== undefined && { bytes: new Uint8Array(Buffer.from(content)) }),
      })),
    ],
  );
}

/** What is then said, beside the model or beside Generate. */
async function said(control) {
  const found = await page.waitForFunction(() => {
    const all = [...document.querySelectorAll("#model-problem, #run-problem")];
    const one = all.find((problem) => problem.textContent !== "");
    return one && [one.id.replace("-problem", ""), one.textContent];
  });
  const [place, sentence] = await found.jsonValue();
  assert.doesNotMatch(sentence, /NaN|null|undefined|\[object/);
  assert.equal(place, control, sentence);
  return sentence;
}

const b = (text) => Buffer.from(text, "latin1");
const ftyp = (brand) => Buffer.concat([Buffer.from([0, 0, 0, 24]), b(`ftyp${brand}`), Buffer.alloc(12)]);

/** Whatever else people have: a name, how such a file begins, and what is said that it is. */
const OTHERS = [
  ["a.mp4", ftyp("isom"), "a video"],
  ["my model.zip", b("PK\x03\x04\x14\0\0\0\0\0unet/config.json"), "a ZIP archive"],
  ["a.pdf", b("%PDF-1.7"), "a PDF document"],
  ["notes.txt", "GIF8 begins a name too", "a text file"],
  ["notes.png", "Füße", "a text file"],
  ["page.json", "\n<!DOCTYPE html><title>404</title>", "a web page"],
  ["empty.png", "", "empty"],
  ["weights.h5", b("\x89HDF\r\n\x1a\n"), "an HDF5 file"],
  ["a.bin", b("\x00\x01\x02\x03"), "not a file that this page knows"],
  ["`a` & <b>.txt", "x", "a text file"],
];

test("a file of another kind is refused by what it is, under the name that it has", async () => {
  for (const [name, content, what] of OTHERS) {
    await drop([{ name, content }]);
    const sentence = await said("run");
    assert.ok(sentence.startsWith(`“${name}” is ${what}. This page reads pictures, a PNG or JSON file`), sentence);
  }
  const long = `${"x".repeat(300)}.txt`;
  await drop([{ name: long, content: "x" }]);
  assert.ok((await said("run")).startsWith(`“${"x".repeat(60)}…” is a text file.`));
  await drop([{ name: "gpj.\u202etxt.exe\n", content: "x" }]);
  assert.ok((await said("run")).startsWith("“gpj.�txt.exe�” is a text file."));
});

/** Pictures that browsers read, as far as their first bytes say. */
const PICTURES = [
  ["Holiday.JPG", b("\xff\xd8\xff\xe0\0\x10JFIF\0")],
  ["really-a.png", b("\xff\xd8\xff\xe1")],
  ["a.webp", b("RIFF\x10\0\0\0WEBPVP8 ")],
  ["a.gif", b("GIF89a\x01\0\x01\0")],
  ["a.avif", ftyp("avif")],
  ["bare.png", b("\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82")],
];

test("a picture turns to Edit, which says where the browser cannot read it", async () => {
  for (const [name, content] of PICTURES) {
    await drop([{ name, content }]);
    await page.waitForSelector("#edit-problem:not(:empty)");
    assert.equal(await text(page, "edit-problem"), `The file ${name} is not a picture that this browser can read.`);
    assert.equal(await page.getAttribute("#tab-edit", "aria-selected"), "true");
  }
  await page.click("#tab-generate");
});

const PNG = b("\x89PNG\r\n\x1a\n");

test("what is not one file of the page's, nor a model, is said", async () => {
  await drop([
    { name: "a.png", content: PNG },
    { name: "b.png", content: PNG },
  ]);
  assert.match(await said("run"), /^Edit reads one picture\. Several are read under the hood, .*: drop them there\.$/);
  await drop([
    { name: "a.png", content: PNG },
    { name: "b.txt", content: "b" },
  ]);
  assert.match(await said("run"), /^Several files are read as a model, and there are no weights among these\./);
});

const json = (name, value) => ({ name, content: JSON.stringify(value) });
const weights = { name: "Diffusion.safetensors", content: Buffer.from(tinyWeights()) };

test("parts of a model say what else is needed", async () => {
  await drop([weights]);
  assert.match(await said("model"), /^“Diffusion\.safetensors” has the weights of a model\. Add its config\.json, and/);
  await drop([{ ...weights, name: "no-ending" }]);
  assert.match(await said("model"), /^“no-ending” has the weights of a model/);
  await drop([json("config.json", tinyConfig)]);
  assert.match(
    await said("model"),
    /^There are no weights among these files \(config\.json\)\. Add the model’s \.safetensors file, or that of PyTorch/,
  );
  await drop([
    json("config.json", tinyConfig),
    { name: "w.safetensors", content: "version https://git-lfs.github.com/spec/v1\n" },
  ]);
  assert.match(await said("model"), /^“w\.safetensors” is a Git LFS pointer instead of the file\. The weights must be/);
  await drop([{ name: "config.json", content: "{" }, weights]);
  assert.match(await said("model"), /^“config\.json” is not JSON\.$/);
  await drop([json("config.json", tinyConfig), weights, json("labels.json", { 0: "a" })]);
  assert.match(await said("model"), /^“labels\.json” does not hold a list of names\.$/);
});

test("a file of PyTorch needs its config.json, and one that calls a function is refused by the function's name", async () => {
  const [archive, bare] = [torchFile(tinyWeights()), legacyTorchFile(tinyWeights())];
  for (const [name, content] of [
    ["Diffusion_Model.bin", archive],
    ["model.ckpt", bare],
    ["really.safetensors", bare],
  ]) {
    await drop([{ name, content }]);
    assert.ok((await said("model")).startsWith(`“${name}” has the weights of a model. Add its config.json, and`));
  }
  await drop([{ name: "model.pt", content: callingFile() }, json("config.json", tinyConfig)]);
  assert.match(await said("model"), /the pickle calls os\.system; of a pickle only tensors with names are read/);
});

test("of several files that have the weights together all must be there", async () => {
  const [first] = shardsOf(tinyWeights(), safetensors);
  const shard = { name: "model-00001-of-00002.safetensors", content: first.file };
  await drop([shard, json("config.json", tinyConfig)]);
  assert.match(await said("model"), /^“model-00001-of-00002\.safetensors” is one of 2 files .*; 1 of them are here\./);
  await drop([{ name: "model-00001-of-00002.bin", content: torchFile(first.file) }, json("config.json", tinyConfig)]);
  assert.match(await said("model"), /^“model-00001-of-00002\.bin” is one of 2 files .*; 1 of them are here\./);
});

test("a .safetensors file dropped together with its config.json is a model, and so is one of PyTorch", async () => {
  const name = () => text(page, "model-name");
  assert.equal(await name(), "tiny");
  const more = [json("scheduler_config.json", tinyScheduler), json("labels.json", ["a", "b", "no class"])];
  await drop([weights, json("config.json", tinyConfig), ...more]);
  await page.waitForFunction(() => document.getElementById("model-name")?.textContent === "Files of yours");
  assert.equal(await text(page, "model-problem"), "");
  await page.click("#generate");
  await untilRun(page, "done");
  await drop([{ name: "model.ckpt", content: torchFile(tinyWeights()) }, json("config.json", tinyConfig)]);
  await page.waitForFunction(() => document.getElementById("model-warnings").textContent !== "");
  assert.equal(await text(page, "model-problem"), "");
  const shards = shardsOf(tinyWeights(), safetensors).map(({ file }, index) => ({
    name: `model-0000${index + 1}-of-00002.bin`,
    content: torchFile(file),
  }));
  await drop([...shards, json("config.json", tinyConfig), more[0]]);
  await page.waitForFunction(() => document.getElementById("model-warnings")?.textContent === "");
  assert.equal(await text(page, "model-problem"), "");
});

/** A PNG of nothing but a text, as code for the page; `length` of it is one letter. */
const png = (text) => `(() => {
  const text = new TextEncoder().encode("unnoise\\0\\0\\0\\0\\0" + ${text});
  const bytes = new Uint8Array(20 + text.length);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  new DataView(bytes.buffer).setUint32(8, text.length);
  bytes.set(new TextEncoder().encode("iTXt"), 12);
  bytes.set(text, 16);
  return bytes;
})()`;
const LONG = '"a".repeat(2_200_000)';

test("what is too large in a file is refused before it is read, and the page lives on", async () => {
  const sentences = [
    [
      { name: "run.json", code: `JSON.stringify({ sampler: "ddim", junk: "a".repeat(9_000_000) })` },
      /^“run\.json” has 9\.0 MB, and at most 8\.0 MB of such a file are read\.$/,
    ],
    [
      { name: "a.png", code: png(`JSON.stringify({ sampler: "ddim", model: "https://x.example/" + ${LONG} })`) },
      /^“a\.png” cannot be read: the text in it has 2\.2 MB, and at most 66 kB are read\.$/,
    ],
  ];
  for (const [file, sentence] of sentences) {
    await drop([file]);
    assert.match(await said("run"), sentence);
  }
  const asked = site.requests.length;
  await drop([
    {
      name: "long.json",
      code: `JSON.stringify({ sampler: "ddim", seed: 8, steps: ${LONG}, model: "https://x.example/" + ${LONG} })`,
    },
  ]);
  const sentence = await said("model");
  assert.match(
    sentence,
    /^Ignored model=https:\/\/x\.example\/a+… in “long\.json”: it has 2,200,018 characters, and at most 8,000 are read\.$/,
  );
  assert.match(
    await text(page, "steps-problem"),
    /^Ignored steps=a+… in “long\.json”, keeping 2: it has 2,200,000 characters/,
  );
  assert.equal(await page.inputValue("#seed"), "8");
  assert.deepEqual(
    site.requests.slice(asked).filter(({ path }) => path.length > 1000),
    [],
  );
  await page.click("#generate");
  await untilRun(page, "done");
});

test("a value too long in the field for an address or in a link is not asked for", async () => {
  await page.click("#model-change");
  const long = `${site.origin}/${"a".repeat(2_200_000)}/`;
  await page.evaluate((value) => {
    const field = document.getElementById("model-url");
    field.value = value;
    for (const event of ["input", "change"]) field.dispatchEvent(new Event(event));
  }, long);
  await page.click("#model-load");
  assert.ok((await said("model")).length < 1000);
  const other = await openPage(browser, site, `steps=2&seed=1&images=1&eta=${"9".repeat(9000)}`);
  assert.match(await text(other, "eta-problem"), /^Ignored eta=9{60}… in the link, keeping 0: it has 9,000 characters/);
  assert.deepEqual(page.complaints, []);
});
