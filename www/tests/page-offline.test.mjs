// The page without a network, on its second visit; and how a new version takes the place of an old one.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { addressed } from "../languages.mjs";
import { BUNDLED } from "../models.mjs";
import { offline } from "../offline.mjs";
import { serve } from "../serve.mjs";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { launch, launchProfile, Site } from "./helpers.mjs";
import { HubServer } from "./hub-server.mjs";
import { text, untilRun } from "./page-site.mjs";
import { decodePng } from "./png.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const WEIGHTS = "diffusion_pytorch_model.safetensors";
const root = fileURLToPath(new URL("../../", import.meta.url));
let browser;
let temporary;
before(async () => {
  [browser, temporary] = await Promise.all([launch({ whole: true }), mkdtemp(join(tmpdir(), "unnoise-offline-"))]);
});
after(() => Promise.all([browser.close(), rm(temporary, { recursive: true })]));
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Serves a site below this path; `requests` has what was answered, and `folder` may be exchanged. */
async function host(prefix = "/", folder = "site") {
  const requests = [];
  const folders = [
    [`${prefix}pkg/`, "pkg"],
    [`${prefix}models/`, "models"],
    [prefix, folder],
  ];
  const { origin, close } = await serve({ folders, onRequest: (request) => requests.push(request) });
  return { address: origin + prefix, requests, folders, close };
}

/** Waits for what a function in the page says only after a while: `waitForFunction` takes a promise for yes. */
async function until(page, isSo) {
  const end = Date.now() + 60_000;
  while (!(await page.evaluate(isSo))) {
    assert.ok(Date.now() < end, `still not so: ${isSo}`);
    await setTimeout(50);
  }
}

/** A first visit: it ends when the page and what it has used are kept. */
async function visit(context, address, query = "?steps=2&images=1&seed=1&backend=cpu") {
  const page = await context.newPage();
  await page.goto(address + query);
  await untilRun(page, "done");
  await until(page, async () => {
    const name = (await caches.keys()).find((name) => name.startsWith("unnoise modules"));
    const kept = name ? await (await caches.open(name)).keys() : [];
    const module = kept.filter(({ url }) => /pkg\/cpu\/.*\.(wasm|js)/.test(url));
    return navigator.serviceWorker.controller !== null && module.length >= 2;
  });
  return page;
}

test("a first visit downloads nothing twice, and no module that it does not use", async () => {
  const { address, requests, close } = await host();
  // A profile on the disk: in a private window Chromium caches no file of this size.
  const profile = await launchProfile(join(temporary, "profile"));
  await visit(profile, address);
  await profile.close();
  await close();
  const sent = (pattern) =>
    requests.filter(({ path, bytes }) => pattern.test(path) && bytes > 0).map(({ path }) => path);
  assert.deepEqual(sent(/pkg\/(webgpu|burn)\//), []);
  const large = sent(/\.(wasm|safetensors)$|\/(page|index|worker)\.js$/);
  assert.deepEqual([...new Set(large)], large);
  assert.equal(sent(/safetensors$/).length, 1);
});

for (const prefix of ["/", "/some/where/"]) {
  test(`a second visit below ${prefix} needs no network: it generates, shares and saves`, async () => {
    const { address, close } = await host(prefix);
    const context = await browser.newContext({ acceptDownloads: true });
    await (await visit(context, address)).close();
    await close();
    const page = await context.newPage();
    await page.goto(`${address}?steps=3&images=2&seed=5`);
    await untilRun(page, "done");
    assert.equal(await text(page, "count"), "3 / 3");
    await page.click("#share-open");
    await page.waitForSelector("#share-copy:not(:disabled)");
    assert.match(await page.inputValue("#share-text"), /seed=5/);
    await page.check("[name=share-as][value=python]", { force: true });
    await page.waitForFunction(() => document.getElementById("share-text")?.value.includes('variant="fp16"'));
    await page.keyboard.press("Escape");
    await page.click("#save-open");
    await page.waitForSelector("#save-png:not(:disabled)");
    for (const kind of ["png", "gif"]) {
      const download = page.waitForEvent("download");
      await page.click(`#save-${kind}`);
      assert.match((await download).suggestedFilename(), new RegExp(`\\.${kind}$`));
    }
    await page.keyboard.press("Escape");
    for (const tab of ["edit", "hood"]) await page.click(`#tab-${tab}`);
    await page.waitForSelector("#variance-plot canvas");
  });
}

test("another model is kept when it is used, with what is not there of it", async () => {
  const site = await Site.start();
  const address = `${site.origin}/`;
  const context = await browser.newContext();
  await (await visit(context, address)).close();
  const tiny = `${address}?model=/tiny/&steps=2&images=1&seed=1&backend=cpu`;
  const page = await context.newPage();
  await page.goto(tiny);
  await untilRun(page, "done");
  await site.close();
  await page.goto(tiny);
  await untilRun(page, "done");
  assert.equal(await text(page, "model-name"), "tiny");
});

test("another model that a first visit is for needs no network on the second", async () => {
  const site = await Site.start();
  const address = `${site.origin}/`;
  const context = await browser.newContext();
  const query = "?model=/tiny/&steps=2&images=1&seed=1&backend=cpu";
  await (await visit(context, address, query)).close();
  await site.close();
  const page = await context.newPage();
  await page.goto(address + query);
  await untilRun(page, "done");
  assert.equal(await text(page, "model-name"), "tiny");
  await page.click("#model-change");
  await page.waitForSelector("#model-stored li");
});

test("a model on the hub needs no network on the second visit", async () => {
  const [site, hub, cdn] = await Promise.all([Site.start(), HubServer.start(), HubServer.start()]);
  const files = "/someone/ddpm-tiny/resolve/main/";
  hub.put(`${files}config.json`, JSON.stringify(tinyConfig));
  hub.put(`${files}scheduler_config.json`, JSON.stringify(tinyScheduler));
  // As on the hub, the weights are elsewhere.
  hub.redirect(files + WEIGHTS, `${cdn.origin}/weights`);
  cdn.put("/weights", tinyWeights());
  const context = await browser.newContext();
  let isOnline = true;
  await context.route("https://huggingface.co/**", async (route) => {
    if (!isOnline) return route.abort("internetdisconnected");
    const { pathname } = new URL(route.request().url());
    return route.fulfill({ response: await route.fetch({ url: hub.origin + pathname, maxRedirects: 0 }) });
  });
  const address = `${site.origin}/`;
  const query = "?model=someone/ddpm-tiny&steps=2&images=1&seed=1&backend=cpu";
  await (await visit(context, address, query)).close();
  assert.equal(cdn.asked("/weights").length, 1);
  isOnline = false;
  await Promise.all([site.close(), hub.close(), cdn.close()]);
  const page = await context.newPage();
  await page.goto(address + query);
  await untilRun(page, "done");
  assert.equal(await text(page, "model-name"), "ddpm-tiny");
});

test("the first model is kept whole, of the other bundled ones all but the weights", async () => {
  const worker = await readFile(join(root, "site/sw.js"), "utf8");
  const kept = [...worker.matchAll(/url:"(models\/[^"]*)"/g)].map(([, url]) => url);
  const [first, ...others] = BUNDLED.map(({ folder }) => folder);
  assert.ok(others.length > 0);
  assert.ok(kept.includes(`models/${first}/unet/diffusion_pytorch_model.fp16.safetensors`));
  for (const name of [first, ...others]) {
    for (const file of ["card.png", "classes.png", "defaults.json"])
      assert.ok(kept.includes(`models/${name}/${file}`), name);
  }
  assert.deepEqual(
    kept.filter((url) => url.endsWith(".safetensors") && !url.startsWith(`models/${first}/`)),
    [],
  );
});

test("the page names its pictures by their own address where that is known", () => {
  const html = '<link rel="canonical" href="./"><meta property="og:image" content="./card.png">';
  assert.equal(addressed(html, undefined), html);
  const known = addressed(html, "https://example.org/unnoise");
  assert.match(known, /href="https:\/\/example\.org\/unnoise\/"/);
  assert.match(known, /content="https:\/\/example\.org\/unnoise\/card\.png"/);
});

test("what the page's head and the manifest name is there", async () => {
  const { address, close } = await host("/sub/");
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${address}?backend=cpu&steps=1&images=1&seed=1`);
  const named = await page.evaluate(async () => {
    const { href } = document.querySelector("link[rel=manifest]");
    const { icons, start_url: start } = await (await fetch(href)).json();
    const links = [...document.querySelectorAll("link[rel*=icon], link[rel=canonical]")].map(({ href }) => href);
    const card = document.querySelector('meta[property="og:image"]').content;
    return [...links, ...[...icons.map(({ src }) => src), start, card].map((path) => new URL(path, href).href)];
  });
  assert.ok(named.length >= 9);
  for (const url of named) {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url);
    assert.match(answer.headers.get("content-type"), url.endsWith("/") ? /html/ : /^image\//, url);
  }
  const card = decodePng(Buffer.from(await (await fetch(`${address}card.png`)).arrayBuffer()));
  assert.deepEqual([card.width, card.height], [1200, 630]);
  assert.ok(new Set(card.pixels).size > 100, "a picture");
  await close();
});

/** A version of the site: the same but for a mark in the part of Share and Save. */
async function version(name) {
  const folder = join(temporary, name);
  await cp(join(root, "site"), folder, { recursive: true });
  const file = join(folder, "sheets-later.js");
  await writeFile(file, `${await readFile(file, "utf8")}\nglobalThis.version = "${name}";`);
  await offline(root, folder);
  return folder;
}

/** The version whose Share opens. */
async function shared(page) {
  await page.click("#share-open");
  await page.waitForFunction(() => globalThis.version !== undefined);
  return page.evaluate(() => globalThis.version);
}

test("a new version is offered, and takes the old one's place as a whole", async () => {
  const [old, next] = [await version("old"), await version("new")];
  const { address, folders, close } = await host("/", old);
  const context = await browser.newContext();
  const first = await visit(context, address);
  folders[2][1] = next;
  // Share was not opened yet: the part of it that the server has now is not of this version.
  assert.equal(await shared(first), "old");
  const second = await context.newPage();
  await second.goto(`${address}?steps=1&images=1&seed=1`);
  await second.waitForSelector("#offer");
  assert.match(await text(second, "offer"), /^A new version is there\./);
  assert.equal(await shared(second), "old");
  await second.keyboard.press("Escape");
  await second.click("#offer .plain");
  await second.waitForFunction(() => /Close the other tabs/.test(document.getElementById("offer")?.textContent));
  await first.close();
  await Promise.all([second.waitForEvent("load"), second.click("#offer .plain")]);
  await untilRun(second, "done");
  assert.equal(await shared(second), "new");
  assert.equal(await second.locator("#offer").count(), 0);
  await close();
});

test("files that do not belong together are not kept", async () => {
  const folder = await version("torn");
  await writeFile(join(folder, "gif.js"), "export const torn = true;");
  const { address, requests, close } = await host("/", folder);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${address}?steps=1&images=1&seed=1&backend=cpu`);
  await untilRun(page, "done");
  while (!requests.some(({ path }) => path.endsWith("/gif.js"))) await setTimeout(50);
  // The installation that fetched it ends, and leaves nothing.
  await until(page, async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return !registration?.installing && !registration?.waiting && !registration?.active;
  });
  assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null);
  await close();
});

test("Firefox needs no network for the second visit either", async () => {
  const firefox = await launchFirefox();
  const { address, close } = await host();
  try {
    const page = await firefoxPage(firefox, `${address}?steps=2&images=1&seed=1&backend=cpu`);
    await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("done"));
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.waitForFunction(async () => {
      const name = (await caches.keys()).find((name) => name.startsWith("unnoise modules"));
      return name !== undefined && (await (await caches.open(name)).keys()).length >= 2;
    });
    await close();
    await page.goto(`${address}?steps=3&images=2&seed=5&backend=cpu`);
    await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("done"));
    assert.equal(await page.$eval("#count", (element) => element.textContent), "3 / 3");
  } finally {
    await firefox.close();
  }
});
