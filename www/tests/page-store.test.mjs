// Models that the page downloads: what it asks before, what it keeps in the browser, and what a second visit sends.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { setUp } from "./helpers.mjs";
import { HubServer, serveFile } from "./hub-server.mjs";
import { openPage, problem, text } from "./page-site.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp({ whole: true });
const hub = await HubServer.start();
after(() => hub.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const FILE = "unet/diffusion_pytorch_model.safetensors";
const MB = 1_000_000;

/** The tiny model's weights, made longer by what is said of them. */
function padded(bytes) {
  const whole = tinyWeights();
  const start = 8 + Number(whole.readBigUInt64LE(0));
  const header = JSON.parse(whole.subarray(8, start));
  const text = Buffer.from(JSON.stringify({ __metadata__: { note: "x".repeat(bytes) }, ...header }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, whole.subarray(start)]);
}

function put(folder, weights = tinyWeights()) {
  hub.put(`${folder}unet/config.json`, JSON.stringify(tinyConfig));
  hub.put(`${folder}scheduler/scheduler_config.json`, JSON.stringify(tinyScheduler));
  hub.put(folder + FILE, weights);
  hub.requests.length = 0;
  return hub.origin + folder;
}

/** What the hub was asked for of a folder's weights, and how many bytes of them it sent. */
const asked = (folder) => hub.requests.filter(({ path }) => path === folder + FILE);
const sent = (folder) => asked(folder).reduce((sum, request) => sum + request.sent, 0);

/** Opens the page once more, as a visitor who comes back. */
async function again(page, model) {
  const other = await page.context().newPage();
  await other.goto(`${site.origin}/?model=${encodeURIComponent(model)}&backend=cpu`);
  await other.waitForSelector("#loading", { state: "hidden" });
  return other;
}

const stored = (page) => page.$$eval("#model-stored li", (rows) => rows.map((row) => row.innerText.split(/\s*\n\s*/)));

/** An address as the list says it. */
const shown = (address) => address.replace("http://", "");

test("a second visit sends no byte of the weights, and asks only whether they are still the same", async () => {
  const model = put("/twice/");
  const page = await openPage(browser, site, "", { model });
  assert.equal(sent("/twice/"), tinyWeights().length);
  const from = asked("/twice/").length;
  const other = await again(page, model);
  assert.equal(await text(other, "model-name"), "twice");
  assert.deepEqual(
    asked("/twice/")
      .slice(from)
      .map(({ method }) => method),
    ["HEAD"],
  );
  assert.equal(sent("/twice/"), tinyWeights().length);
  assert.equal(await text(other, "model-warnings"), "");
});

test("the same file at another address sends no byte, where its server calls it by its SHA-256", async () => {
  const weights = padded(1000);
  const [first, second, third] = ["/first/", "/second/", "/third/"].map((folder) => put(folder, weights));
  const page = await openPage(browser, site, "", { model: first });
  // The hash is noted after the load.
  await page.waitForFunction(async () => {
    const shelf = await (await navigator.storage.getDirectory()).getDirectoryHandle("unnoise models");
    for await (const folder of shelf.values()) {
      const about = await (await folder.getFileHandle("about.json")).getFile();
      if (JSON.parse(await about.text()).hash) return true;
    }
    return false;
  });
  await loadFrom(page, second);
  await named(page, "second");
  assert.deepEqual([sent("/first/"), sent("/second/")], [weights.length, 0]);
  // A server that calls it by another name is asked for it.
  await page
    .context()
    .route(`${hub.origin}/third/${FILE}`, (route) =>
      route.request().method() === "HEAD" ? route.fulfill({ headers: { ETag: '"other"' } }) : route.fallback(),
    );
  await loadFrom(page, third);
  await named(page, "third");
  assert.equal(sent("/third/"), weights.length);
});

test("a server that does not answer HEAD is asked by GET, and left as soon as it names the same version", async () => {
  const model = put("/headless/", padded(20 * MB));
  const page = await openPage(browser, site, "", { model });
  const whole = sent("/headless/");
  await page
    .context()
    .route(`${hub.origin}/headless/${FILE}`, (route) =>
      route.request().method() === "HEAD" ? route.fulfill({ status: 405 }) : route.fallback(),
    );
  const other = await again(page, model);
  assert.equal(await text(other, "model-name"), "headless");
  assert.ok(sent("/headless/") <= 2 * whole);
  assert.equal(asked("/headless/").at(-1).method, "GET");
});

test("weights that have changed on the server are downloaded anew, and those that are gone are said to be", async () => {
  const model = put("/changing/");
  const page = await openPage(browser, site, "", { model });
  const newer = padded(1000);
  hub.put(`/changing/${FILE}`, newer);
  const other = await again(page, model);
  assert.equal(sent("/changing/"), tinyWeights().length + newer.length);
  await other.click("#model-change");
  await other.waitForSelector("#model-stored li");
  assert.equal((await stored(other)).length, 1);
  const third = await again(page, model);
  assert.equal(sent("/changing/"), tinyWeights().length + newer.length);
  assert.equal(await text(third, "model-name"), "changing");
});

test("a download that was left in the middle is gone on with on the next visit", async () => {
  const weights = padded(20 * MB);
  const model = put("/left/", weights);
  const page = await openPage(browser, site, "");
  const [begin] = [12 * MB];
  hub.next(`/left/${FILE}`, (response, body) => {
    response.writeHead(200, {
      ETag: '"1"',
      "Content-Length": body.length,
      "Last-Modified": "Fri, 27 Nov 2026 10:00:00 GMT",
    });
    response.write(body.subarray(0, begin));
  });
  await page.click("#model-change");
  await page.fill("#model-url", model);
  await page.click("#model-load");
  await page.waitForFunction(() => /12\.0 of 20\.\d MB/.test(document.getElementById("loading-text")?.textContent));
  // What is here by then is written in parts.
  await page.waitForFunction(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("unnoise models");
    for await (const folder of root.values()) {
      const part = await folder.getFileHandle("0").catch(() => undefined);
      if (part && (await part.getFile()).size > 8_000_000) return true;
    }
    return false;
  });
  const other = await page.context().newPage();
  await page.close();
  const { length } = asked("/left/");
  hub.next(`/left/${FILE}`, (response, body, request) => serveFile(request, response, body, '"1"'));
  await other.goto(`${site.origin}/?model=${encodeURIComponent(model)}&backend=cpu`);
  await other.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await text(other, "model-name"), "left");
  const { range, sent: bytes } = asked("/left/")[length];
  const from = Number(/^bytes=(\d+)-$/.exec(range)[1]);
  assert.ok(from >= 8_000_000 && bytes === weights.length - from, range);
  assert.equal(asked("/left/").length, length + 1);
});

/** Before the page's scripts: how often the browser was asked to keep files for good. */
function countPersisted() {
  globalThis.persisted = 0;
  StorageManager.prototype.persist = async () => {
    globalThis.persisted += 1;
    return true;
  };
}

async function loadFrom(page, address) {
  if (!(await page.isVisible("#model-form"))) await page.click("#model-change");
  await page.fill("#model-url", address);
  await page.click("#model-load");
}

/** Waits until this model is loaded; the form closes after that. */
const named = (page, name) =>
  page.waitForFunction((expected) => {
    const form = document.getElementById("model-form");
    return form.hidden && document.getElementById("model-name")?.textContent === expected;
  }, name);

test("more than 50 MB are asked about before they are downloaded, and the browser is asked to keep them", async () => {
  const weights = padded(51 * MB);
  const model = put("/large/", weights);
  const page = await openPage(browser, site, "", { init: countPersisted });
  await loadFrom(page, model);
  await page.waitForSelector("#loading-go", { state: "visible" });
  assert.match(await text(page, "loading-text"), /\/large\/ has 51\.\d MB to download\.$/);
  await page.click("#loading-cancel");
  assert.equal(await problem(page, "model"), "Cancelled. tiny stays loaded.");
  assert.equal(await page.isVisible("#loading"), false);

  await page.click("#model-load");
  await page.click("#loading-go");
  await named(page, "large");
  assert.equal(await page.evaluate(() => globalThis.persisted), 1);
  assert.deepEqual(
    await page.$$eval("#loading button", (buttons) => buttons.filter(({ hidden }) => !hidden).length),
    1,
  );

  const from = sent("/large/");
  await loadFrom(page, "/tiny/");
  await named(page, "tiny");
  await page.click("#model-change");
  await page.fill("#model-url", model);
  await page.locator("#model-url").blur();
  await page.waitForFunction(() => document.getElementById("model-cost")?.textContent.includes("is stored in this"));
  await loadFrom(page, model);
  await named(page, "large");
  assert.equal(sent("/large/"), from, "it is kept");
  assert.equal(await page.evaluate(() => globalThis.persisted), 1);
});

/** Puts a folder whose weights are these files with an index; they have so many bytes together. */
function putShards(folder, name, files) {
  put(folder);
  hub.drop(folder + FILE);
  const shards = files.map((file, i) => [`${name}-0000${i + 1}-of-0000${files.length}.safetensors`, file]);
  for (const [shard, file] of shards) hub.put(`${folder}unet/${shard}`, file);
  const weight_map = Object.fromEntries(shards.map(([shard], i) => [`tensor ${i}`, shard]));
  hub.put(`${folder}unet/${name}.safetensors.index.json`, JSON.stringify({ weight_map }));
  return hub.origin + folder;
}

test("the size of a model is known before the download: of shards together, of a file of PyTorch, of the file that is named", async () => {
  const name = "diffusion_pytorch_model";
  const shards = putShards("/sharded/", name, [Buffer.alloc(2 * MB), Buffer.alloc(3 * MB)]);
  const pickle = put("/pickle/");
  hub.drop(`/pickle/${FILE}`);
  hub.put(`/pickle/unet/${name}.bin`, Buffer.alloc(4 * MB));
  hub.put("/pickle/unet/other.ckpt", Buffer.alloc(7 * MB));
  const page = await openPage(browser, site);
  await page.click("#model-change");
  const said = async (address) => {
    await page.fill("#model-url", address);
    await page.locator("#model-url").blur();
    await page.waitForFunction(() =>
      / to download\.$|does not say/.test(document.getElementById("model-cost")?.textContent),
    );
    return text(page, "model-cost");
  };
  assert.match(await said(shards), /^5\.0 MB to download\.$/);
  assert.match(await said(pickle), /^4\.0 MB to download\.$/);
  assert.match(await said(`${pickle}unet/other.ckpt`), /^7\.0 MB to download\.$/);
  // An index that is longer than the library would read is not fetched.
  const long = putShards("/long/", name, [Buffer.alloc(1 * MB)]);
  hub.put(`/long/unet/${name}.safetensors.index.json`, " ".repeat(9 * MB));
  assert.match(await said(long), /does not say/);
  assert.equal(hub.requests.filter(({ path, method }) => method === "GET" && path.startsWith("/long/")).length, 0);
  assert.equal(hub.requests.filter(({ path, method }) => method === "GET" && !path.endsWith(".json")).length, 0);
});

test("shards of more than 50 MB together are asked about once, with their sum", async () => {
  const model = putShards(
    "/many/",
    "diffusion_pytorch_model",
    [30, 25, 1].map((size) => Buffer.alloc(size * MB)),
  );
  const page = await openPage(browser, site);
  await loadFrom(page, model);
  await page.waitForSelector("#loading-go", { state: "visible" });
  assert.match(await text(page, "loading-text"), /\/many\/ has 56\.0 MB to download\.$/);
  await page.click("#loading-go");
  // These are no safetensors files; that is said without another question.
  assert.match(await problem(page, "model"), /diffusion_pytorch_model-0000\d-of-00003\.safetensors/);
  assert.equal(await page.isVisible("#loading-go"), false);
});

test("a link to a large model asks too, and without it the bundled one is loaded", async () => {
  const model = put("/linked/", padded(51 * MB));
  const page = await openPage(browser, site, "", { model, loaded: false });
  await page.waitForSelector("#loading-go", { state: "visible" });
  await page.click("#loading-cancel");
  assert.equal(await problem(page, "model"), "Cancelled. Loaded Emoji instead.");
  await page.waitForSelector("#loading", { state: "hidden" });
});

test("a download can be cancelled while it runs, and another model takes its place", async () => {
  const model = put("/slow/", padded(9 * MB));
  const hangs = (response, body) => {
    response.writeHead(200, { ETag: '"1"', "Content-Length": body.length });
    response.write(body.subarray(0, MB));
  };
  hub.next(`/slow/${FILE}`, hangs, hangs);
  const page = await openPage(browser, site, "");
  await loadFrom(page, model);
  await page.waitForFunction(() =>
    /^Loading the weights: 1\.0 of 9\.\d MB$/.test(document.getElementById("loading-text")?.textContent),
  );
  await page.click("#loading-cancel");
  assert.equal(await problem(page, "model"), "Cancelled. tiny stays loaded.");
  await page.click("#model-load");
  await page.waitForFunction(() =>
    /^Loading the weights: 1\.0 of/.test(document.getElementById("loading-text")?.textContent),
  );
  site.putModel("/another/");
  await loadFrom(page, "/another/");
  await named(page, "another");
  assert.equal(await text(page, "model-problem"), "");
});

test("what is kept is listed with its size; each is loaded by its name, and deleted, or all are", async () => {
  const others = tinyWeights((name, values) => name === "conv_out.bias" && values.fill(0.5));
  const [one, two] = [put("/one/"), put("/two/", others)];
  const page = await openPage(browser, site, "", { model: one });
  await loadFrom(page, two);
  await named(page, "two");
  const other = await again(page, two);
  await other.click("#model-change");
  await other.waitForSelector("#model-stored li");
  assert.deepEqual(await stored(other), [
    [shown(one), "194 kB", "Delete"],
    [shown(two), "194 kB", "Delete"],
  ]);
  assert.equal(await other.textContent("#model-stored .label"), "Stored models, 389 kB");
  await other.click("#model-stored li:first-child button:first-child");
  await named(other, "one");
  assert.equal(asked("/one/").filter(({ method }) => method === "GET").length, 1);
  await other.click("#model-change");
  await other.click(`#model-stored [aria-label="Delete ${shown(one)}"]`);
  await other.waitForFunction(() => document.querySelectorAll("#model-stored li").length === 1);
  assert.deepEqual(await stored(other), [[shown(two), "194 kB", "Delete"]]);
  const next = (name) => document.activeElement.getAttribute("aria-label") === name;
  await other.waitForFunction(next, `Delete ${shown(two)}`);

  await loadFrom(other, one);
  await named(other, "one");
  await other.click("#model-change");
  await other.click("#model-stored >> text=Delete all");
  await other.waitForSelector("#model-stored", { state: "hidden" });
  await again(page, two);
  assert.equal(sent("/two/"), 2 * tinyWeights().length);
});

test("where there is no room, or no file system, a model is loaded all the same, and that is said once", async () => {
  const warned = async (page, start) => {
    // What is said of a model may come after its name.
    await page.waitForFunction(() => document.getElementById("model-warnings")?.textContent.trim());
    assert.equal((await text(page, "model-warnings")).slice(0, start.length), start);
  };
  const [one, two] = [put("/one/"), put("/two/")];
  const denied = () => {
    StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("denied", "SecurityError"));
  };
  const page = await openPage(browser, site, "", { model: one, init: denied });
  await warned(page, "This browser keeps no files for this page (as in a private window)");
  await loadFrom(page, two);
  await named(page, "two");
  assert.equal(await text(page, "model-warnings"), "");

  // Chromium may tell of a full disk so.
  const unread = () => {
    const error = new DOMException("The requested file could not be read", "NotReadableError");
    FileSystemWritableFileStream.prototype.write = () => Promise.reject(error);
  };
  await warned(await openPage(browser, site, "", { model: one, init: unread }), "There is no room to keep the model");

  const full = await openPage(browser, site, "");
  const session = await full.context().newCDPSession(full);
  await session.send("Storage.overrideQuotaForOrigin", { origin: site.origin, quotaSize: 5 * MB });
  await loadFrom(full, put("/roomless/", padded(20 * MB)));
  await named(full, "roomless");
  await warned(full, "There is no room to keep the model");
  await full.click("#model-change");
  await full.waitForFunction(() => !document.getElementById("model-form").hidden);
  assert.deepEqual(
    (await stored(full)).filter(([name]) => name.includes("roomless")),
    [],
  );
});

test("weights that came damaged are not kept", async () => {
  const model = put(
    "/damaged/",
    tinyWeights((name, x) => name === "conv_out.bias" && x.fill(Number.NaN)),
  );
  const page = await openPage(browser, site, "");
  await loadFrom(page, model);
  assert.match(await problem(page, "model"), /conv_out\.bias/);
  const other = await again(page, "/tiny/");
  await other.click("#model-change");
  await other.waitForSelector("#model-stored li");
  assert.deepEqual(
    (await stored(other)).map(([name]) => name),
    ["/tiny/"],
  );
});

test("two tabs that load the same model at the same time keep one of it", async () => {
  const model = put("/both/", padded(20 * MB));
  const page = await openPage(browser, site, "");
  const other = await again(page, "/tiny/");
  await Promise.all([page, other].map((each) => loadFrom(each, model)));
  await Promise.all([page, other].map((each) => named(each, "both")));
  const from = sent("/both/");
  await again(page, model);
  assert.equal(sent("/both/"), from);
});

test("Firefox keeps a model too", async () => {
  const model = put("/firefox/");
  const firefox = await launchFirefox();
  try {
    const context = await firefox.createBrowserContext();
    const address = `${site.origin}/?model=${encodeURIComponent(model)}&backend=cpu&steps=1&images=1&seed=1`;
    for (let visit = 1; visit <= 2; visit += 1) {
      const page = await firefoxPage(context, address);
      await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("done"));
      assert.equal(await page.$eval("#model-name", (element) => element.textContent), "firefox");
      assert.equal(await page.$eval("#model-warnings", (element) => element.textContent), "");
      await page.close();
    }
    assert.equal(sent("/firefox/"), tinyWeights().length);
  } finally {
    await firefox.close();
  }
});
