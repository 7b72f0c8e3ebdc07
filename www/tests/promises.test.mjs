// What docs/reliability.md promises: each of its tests is there, and the promises that no other file of tests holds.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { openPage, untilRun } from "./page-site.mjs";

const root = new URL("../../", import.meta.url);
const { browser, site } = await setUp();

/** The tests that a document names as `file`: "name" or `file`: `name`, as pairs. */
function namedIn(text) {
  const cells = [...text.matchAll(/`((?:www\/)?tests\/[\w./-]+)`: ((?:"[^"]+"(?:, )?)+)/g)];
  return cells.flatMap(([, file, names]) => [...names.matchAll(/"([^"]+)"/g)].map(([, name]) => [file, name]));
}

/** Whether a source has a test of that name. A part of a name that a test fills in is `…` in the document. */
function hasTest(source, file, name) {
  const plain = name.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (file.endsWith(".rs")) return new RegExp(`#\\[test\\]\\s+fn ${plain}\\(`).test(source);
  return new RegExp(`\\btest\\(\\s*["\`]${plain.join("\\$\\{[^}]*\\}")}["\`]`).test(source);
}

test("every test that docs/reliability.md names is there, and every promise has one", async () => {
  const text = await readFile(new URL("docs/reliability.md", root), "utf8");
  const named = namedIn(text);
  assert.ok(named.length >= 20, `${named.length} tests are named`);
  for (const [file, name] of named) {
    assert.ok(existsSync(new URL(file, root)), `${file} is not there`);
    assert.ok(hasTest(await readFile(new URL(file, root), "utf8"), file, name), `${file} has no test "${name}"`);
  }
  const [, promised] = /## What is promised\n([\s\S]*?)\n## /.exec(text);
  const rows = promised.split("\n").filter((line) => /^\| (?!promise|---)/.test(line));
  assert.ok(rows.length >= 8, `${rows.length} promises`);
  for (const row of rows) assert.ok(namedIn(row).length > 0, `no test holds: ${row}`);
});

test("the pictures of the modules differ by one grey level at most", async () => {
  const page = await blankPage(browser, site);
  const apart = await page.evaluate(async () => {
    const options = { sampler: "ddim", steps: 5, seed: 11, labels: [9] };
    const pictures = async (backend) => {
      const diffuser = await unnoise.Diffuser.create({ backend });
      const model = await diffuser.load("/models/fashion-mnist/");
      const { images } = await model.sample(options).result();
      diffuser.dispose();
      return images.flatMap(({ data }) => [...data]);
    };
    const cpu = await pictures("cpu");
    if (new Set(cpu).size < 50) throw new Error("these are no pictures");
    const apart = {};
    for (const backend of ["webgpu", "burn"]) {
      const others = await pictures(backend);
      apart[backend] = Math.max(...cpu.map((value, i) => Math.abs(value - others[i])));
    }
    return apart;
  });
  for (const [backend, levels] of Object.entries(apart)) assert.ok(levels <= 1, `${backend}: ${levels} grey levels`);
});

test("a visit sends nothing: every request asks for a file of the page's own server, without a body", async () => {
  const sent = [];
  const watch = (request) => sent.push([request.method(), new URL(request.url()), request.postDataBuffer()]);
  const page = await openPage(browser, site, "steps=2&images=1&seed=3", {
    init: () => {
      const { sendBeacon } = navigator;
      navigator.sendBeacon = function (...given) {
        globalThis.beacons = (globalThis.beacons ?? 0) + 1;
        return sendBeacon.apply(this, given);
      };
    },
    loaded: false,
  });
  page.context().on("request", watch);
  await page.reload();
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.click("#generate");
  await untilRun(page, "done");
  // A picture of the visitor's own, which must stay in the page.
  const chosen = new Uint8Array(64).map((_, i) => 4 * i);
  await page.click("#tab-edit");
  await page.waitForSelector("#easel");
  const bytes = await page.evaluate(
    async (greys) => {
      const canvas = new OffscreenCanvas(8, 8);
      canvas.getContext("2d").putImageData(new ImageData(Uint8ClampedArray.from(greys), 8), 0, 0);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    },
    [...chosen].flatMap((grey) => [grey, grey, grey, 255]),
  );
  await page.setInputFiles("#edit-file", { name: "own.png", mimeType: "image/png", buffer: Buffer.from(bytes) });
  await page.waitForFunction(() => document.getElementById("edit-told")?.textContent.includes("own.png"));
  for (const view of ["interpolate", "compare", "hood", "train"]) await page.click(`#tab-${view}`);
  await page.waitForLoadState("networkidle");

  const elsewhere = sent.filter(([, url]) => /^(http|ws)/.test(url.protocol) && url.origin !== site.origin);
  assert.deepEqual(
    elsewhere.map(([, { href }]) => href),
    [],
  );
  assert.ok(sent.length > 10, `${sent.length} requests were seen`);
  assert.deepEqual(
    sent.filter(([method, , body]) => !["GET", "HEAD"].includes(method) || body !== null),
    [],
  );
  const long = sent.filter(([, url]) => /^http/.test(url.protocol) && url.href.length > 300);
  assert.deepEqual(
    long.map(([, { href }]) => href),
    [],
  );
  assert.equal(await page.evaluate(() => globalThis.beacons ?? 0), 0);
});
