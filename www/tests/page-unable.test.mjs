// Where nothing can run the page says why, in one sentence, and shows no control that would do nothing.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { openPage, text } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** What of the page can be pressed or filled in without its script: the footer's links and sheets. */
const CONTROLS = "button, input, select, textarea, summary, [tabindex='0']";
const seen = (page) =>
  page.$$eval(CONTROLS, (all) =>
    all
      .filter((one) => one.checkVisibility({ visibilityProperty: true }))
      .filter((one) => !one.closest(".bottom") || one.matches("select"))
      .map((one) => one.id || one.outerHTML.slice(0, 60)),
  );

/** The sentences that are seen on the stage. */
const sentences = (page) =>
  page.$$eval("#loading p, #crash p", (all) =>
    all.filter((one) => one.checkVisibility() && one.textContent.trim() !== "").map((one) => one.textContent.trim()),
  );

for (const [width, height] of [
  [1280, 720],
  [360, 640],
]) {
  test(`without JavaScript the page says so at ${width} x ${height}`, async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width, height } });
    const page = await context.newPage();
    await page.goto(`${site.origin}/`);
    assert.ok(await page.isVisible("#loading img"));
    const sentence = page.locator("#loading noscript p");
    assert.match(await sentence.textContent(), /needs JavaScript\. Allow it for this page, then reload\.$/);
    const { y, height: tall } = await sentence.boundingBox();
    assert.ok(y > 0 && y + tall < height);
    for (const control of ["#generate", "#tabs", "#play", "#backend-chip", "#language", "#loading-text", "#lead"]) {
      assert.equal(await page.isVisible(control), false, control);
    }
    // What needs no script is there.
    await page.click('[popovertarget="about"]');
    assert.ok(await page.isVisible("#about"));
  });
}

const LACKS = [
  ["WebAssembly", () => delete globalThis.WebAssembly, /has no WebAssembly, .*turned off\.$/],
  [
    "SIMD",
    () => {
      const { validate } = WebAssembly;
      WebAssembly.validate = (bytes) => bytes.length > 40 && validate(bytes);
    },
    /has no SIMD, .* Current browsers have it\.$/,
  ],
];

for (const [what, init, sentence] of LACKS) {
  test(`without ${what} the page says so, and fetches nothing in vain`, async () => {
    const from = site.requests.length;
    const page = await openPage(browser, site, "", { init, model: "", loaded: false });
    await page.waitForFunction(() => document.getElementById("hindrance").textContent !== "");
    const said = await sentences(page);
    assert.equal(said.length, 1, said.join(" / "));
    assert.match(said[0], sentence);
    assert.deepEqual(await seen(page), []);
    assert.equal(site.bytes(/\.wasm$|\.safetensors$/, from), 0);
    assert.deepEqual(page.complaints, []);
  });
}

test("where the page's script does not come the page says so", async () => {
  site.put("/page.js", { status: 404, body: "no such file" });
  const page = await openPage(browser, site, "", { loaded: false });
  await page.waitForSelector('[data-why="script"]', { state: "visible" });
  const said = await sentences(page);
  assert.equal(said.length, 1, said.join(" / "));
  assert.match(said[0], /did not arrive, so nothing can run\. Check the connection, then reload\.$/);
  assert.deepEqual(await seen(page), []);
  site.drop("/page.js");
  await page.reload();
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await page.isVisible("#generate"), true);
  assert.equal(await page.isVisible('[data-why="script"]'), false);
});

test("where no script comes at all the sentence comes by itself", async () => {
  for (const path of ["/page.js", "/language.js"]) site.put(path, () => new Promise(() => {}));
  const context = await browser.newContext();
  const page = await context.newPage();
  // The script that blocks is waited for; the clock of the page's style goes on with what stands there.
  site.put("/language.js", { type: "text/javascript", body: "" });
  await page.goto(`${site.origin}/`, { waitUntil: "commit" });
  await page.waitForSelector("#generate");
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) animation.finish();
  });
  assert.ok(await page.isVisible('[data-why="script"]'));
  assert.equal(await page.isVisible("#generate"), false);
  for (const path of ["/page.js", "/language.js"]) site.drop(path);
});

test("where no worker can be started no button offers to try again", async () => {
  const init = () => delete globalThis.Worker;
  const page = await openPage(browser, site, "", { init, loaded: false });
  await page.waitForSelector("#crash", { state: "visible" });
  assert.notEqual(await text(page, "crash-text"), "");
  assert.equal(await page.isVisible("#restart"), false);
});
