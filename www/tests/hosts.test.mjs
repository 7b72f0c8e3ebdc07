// Where the library is loaded and run: what bundlers make of its addresses, workers of the page's own, policies.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { blankPage, Site, setUp } from "./helpers.mjs";

const { browser, site } = await setUp({ whole: true });
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** The library's script as text. */
const library = () => readFile(new URL("../../pkg/index.js", import.meta.url), "utf8");

/** What Next's bundlers put in the place of `new URL("./x", import.meta.url)`: no origin, and a path for an address. */
const RELATIVE_URL = `
  function RelativeUrl(path) {
    const whole = new URL(path, "x:/");
    const values = { origin: "", protocol: "", href: path, pathname: path, toString: () => path, toJSON: () => path };
    for (const key in whole) Object.defineProperty(this, key, { value: values[key] ?? whole[key] });
  }
  RelativeUrl.prototype = URL.prototype;
`;

test("addresses that a bundler turned into paths are made whole: the worker starts from its own file, and further ones too", async () => {
  const [script, count] = [await library(), 8];
  const address = /new URL\("\.\/([\w./]+)",import\.meta\.url\)/g;
  assert.equal(script.match(address)?.length, count);
  const bundled = RELATIVE_URL + script.replaceAll(address, 'new RelativeUrl("/pkg/$1")');
  site.put("/deep/in/chunk.js", { type: "text/javascript", body: bundled });
  const page = await blankPage(browser, site);
  const from = site.requests.length;
  const x = await page.evaluate(async () => {
    const { Diffuser } = await import("/deep/in/chunk.js");
    const diffuser = await Diffuser.create({ backend: "cpu", workers: 2 });
    const model = await diffuser.load("/tiny/");
    const { x } = await model.sample({ steps: 2, seed: 1, batch: 2 }).result();
    return [...x];
  });
  assert.equal(x.length, 2 * 64);
  const own = `${site.origin}/pkg/worker.js`;
  assert.deepEqual(
    page.workers().map((worker) => worker.url()),
    [own, own],
  );
  const started = site.requests.slice(from).filter(({ path }) => path === "/pkg/worker.js");
  assert.equal(started.length, 2);
});

/** A page that runs this code as a module; it may set `globalThis.told`, which is waited for. */
async function pageWith(code, { headers, at = "/hosted.html", body = "", context } = {}) {
  site.put("/hosted.js", { type: "text/javascript", body: code });
  const html = `<!doctype html><title>hosted</title><link rel="icon" href="data:,"><script type="module" src="/hosted.js"></script>${body}`;
  site.put(at, { type: "text/html; charset=utf-8", body: html, headers });
  const page = await (context ?? (await browser.newContext())).newPage();
  await page.goto(site.origin + at);
  await page.waitForFunction(() => "told" in globalThis, undefined, { timeout: 60_000 });
  return page.evaluate(() => globalThis.told);
}

/** Code of a module: two steps of a batch of two over two workers, and what came of it, told by `tell`. */
const runOf = ({ library = "/pkg/index.js", options = {}, model = "/tiny/", tell = "globalThis.told =" }) => `
  const outcome = (async () => {
    const { Diffuser } = await import(${JSON.stringify(library)});
    const diffuser = await Diffuser.create(${JSON.stringify({ backend: "cpu", workers: 2, ...options })});
    const model = await diffuser.load(${JSON.stringify(model)});
    const { x, images } = await model.sample({ steps: 2, seed: 1, batch: 2 }).result();
    return { floats: x.length, images: images.length };
  })();
  outcome.catch(({ code, message, hint }) => ({ code, message, hint })).then((told) => { ${tell} (told); });`;

const COMPLETE = { floats: 2 * 64, images: 2 };

/** How often the worker's script was asked for since a count of requests. */
const workersSince = (from) => site.requests.slice(from).filter(({ path }) => path.endsWith("/worker.js")).length;

test("a worker of the page's own runs the library; addresses are relative to it", async () => {
  const ways = {
    "/deep/plain.js": {},
    "/deep/folder.js": { options: { assets: "../pkg" }, model: "../tiny" },
  };
  for (const [path, way] of Object.entries(ways)) {
    site.put(path, { type: "text/javascript", body: runOf({ ...way, tell: "postMessage" }) });
    const from = site.requests.length;
    const told = await pageWith(
      `new Worker("${path}", { type: "module" }).onmessage = ({ data }) => { globalThis.told = data; };`,
    );
    assert.deepEqual(told, COMPLETE, path);
    assert.equal(workersSince(from), 2, "the second worker of a batch is started there too");
  }
});

test("a worker made of a blob resolves addresses on its page's origin", async () => {
  const library = `${site.origin}/pkg/index.js`;
  const code = runOf({ library, model: "tiny/", options: { assets: "pkg/" }, tell: "postMessage" });
  const told = await pageWith(`
    const address = URL.createObjectURL(new Blob([${JSON.stringify(code)}], { type: "text/javascript" }));
    new Worker(address, { type: "module" }).onmessage = ({ data }) => { globalThis.told = data; };`);
  assert.deepEqual(told, COMPLETE);
});

test("where there are no workers, the error says so", async () => {
  const told = await pageWith(`delete globalThis.Worker; ${runOf({})}`);
  assert.equal(told.code, "unsupported");
  assert.match(told.hint, /dedicated worker/);
});

test("from another origin: plain files, and an address that a CDN made up beside them", async () => {
  const cdn = await Site.start();
  try {
    const plain = `${cdn.origin}/pkg/index.js`;
    assert.deepEqual(await pageWith(runOf({ library: plain })), COMPLETE);
    // As jsdelivr's +esm, which lies in the package's folder.
    cdn.put("/pkg/+esm", { type: "application/javascript; charset=utf-8", body: await library() });
    assert.deepEqual(await pageWith(runOf({ library: `${cdn.origin}/pkg/+esm` })), COMPLETE);
    // As esm.sh, which has the script alone, in a folder of its own.
    const lonely = `${cdn.origin}/es2022/unnoise.mjs`;
    cdn.put("/es2022/unnoise.mjs", { type: "application/javascript; charset=utf-8", body: await library() });
    assert.deepEqual(await pageWith(runOf({ library: lonely, options: { assets: `${cdn.origin}/pkg/` } })), COMPLETE);
    const refused = await pageWith(runOf({ library: lonely }));
    assert.equal(refused.code, "module-failed");
    assert.match(refused.message, /\/es2022\/(worker\.js|cpu\/unnoise\w*\.wasm)/);
    assert.match(refused.hint, /assets/);
  } finally {
    await cdn.close();
  }
});

test("a module that is sent as application/octet-stream is compiled all the same", async () => {
  for (const name of ["unnoise_bg.wasm", "unnoise_relaxed_bg.wasm"]) {
    const body = await readFile(new URL(`../../pkg/cpu/${name}`, import.meta.url));
    site.put(`/pkg/cpu/${name}`, { type: "application/octet-stream", body });
  }
  try {
    assert.deepEqual(await pageWith(runOf({})), COMPLETE);
  } finally {
    for (const name of ["unnoise_bg.wasm", "unnoise_relaxed_bg.wasm"]) site.drop(`/pkg/cpu/${name}`);
  }
});

test("under Cross-Origin-Embedder-Policy no file of the package needs a header", async () => {
  const isolated = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  const { "Cross-Origin-Embedder-Policy": embedder } = isolated;
  for (const headers of [{ "Cross-Origin-Embedder-Policy": embedder }, isolated]) {
    assert.deepEqual(await pageWith(runOf({}), { headers }), COMPLETE);
  }
  const cdn = await Site.start();
  try {
    const elsewhere = { library: `${cdn.origin}/pkg/index.js`, model: `${cdn.origin}/tiny/` };
    assert.deepEqual(await pageWith(runOf(elsewhere), { headers: isolated }), COMPLETE);
  } finally {
    await cdn.close();
  }
});

test("where neither the file nor a blob may be a worker, the error names the policy", async () => {
  const headers = { "Content-Security-Policy": "worker-src 'none'" };
  const told = await pageWith(runOf({}), { headers });
  assert.equal(told.code, "module-failed");
  assert.match(told.message, /worker\.js could not be loaded/);
  assert.match(told.hint, /worker-src/);
});

const TRUSTED = "require-trusted-types-for 'script'";

test("where Trusted Types are enforced the policy is named unnoise, and the error says so where it is not allowed", async () => {
  const under = (policy, code = runOf({})) => pageWith(code, { headers: { "Content-Security-Policy": policy } });
  assert.deepEqual(await under(`${TRUSTED}; trusted-types unnoise`), COMPLETE);
  assert.deepEqual(await under(TRUSTED), COMPLETE);
  const cdn = await Site.start();
  try {
    const elsewhere = runOf({ library: `${cdn.origin}/pkg/index.js` });
    assert.deepEqual(await under(`${TRUSTED}; trusted-types unnoise`, elsewhere), COMPLETE);
  } finally {
    await cdn.close();
  }
  for (const names of ["'none'", "other"]) {
    const told = await under(`${TRUSTED}; trusted-types ${names}`);
    assert.equal(told.code, "trusted-types");
    assert.match(told.hint, /trusted-types unnoise/);
  }
  assert.deepEqual(await under("trusted-types other"), COMPLETE, "nothing is enforced");
});

/** A page whose frame is sandboxed without allow-same-origin, and what the frame tells. */
const FRAME = `addEventListener("message", ({ data }) => { if (data?.told) globalThis.told = data.told; });`;
const framed = (code, more = "") => {
  const told = 'parent.postMessage({ told }, "*")';
  site.put("/frame.js", { type: "text/javascript", body: code.replace("globalThis.told = (told)", told) });
  const html = `<!doctype html><title>frame</title><script type="module" src="/frame.js"></script>${more}`;
  site.put("/frame.html", { type: "text/html; charset=utf-8", body: html });
  return pageWith(FRAME, { body: '<iframe sandbox="allow-scripts" src="/frame.html"></iframe>' });
};

test("a sandboxed frame without an origin runs it, from a server that allows every origin", async () => {
  assert.deepEqual(await framed(runOf({})), COMPLETE);
});

test("in a sandboxed frame, a server that allows no other origin is named, and allow-same-origin", async () => {
  const closed = { "Access-Control-Allow-Origin": "https://other.example" };
  site.patch("/pkg/worker.js", { headers: closed });
  const worker = await framed(runOf({}));
  site.drop("/pkg/worker.js");
  site.put("/tiny/unet/config.json", { status: 404, headers: closed });
  const model = await framed(runOf({}));
  site.putModel("/tiny/");
  assert.deepEqual([worker.code, model.code], ["module-failed", "unreachable"]);
  for (const { hint } of [worker, model]) assert.match(hint, /allow-same-origin/);
});

/** A page around this iframe, once the iframe has its document. */
async function around(frame, headers) {
  site.put("/around.html", { type: "text/html; charset=utf-8", body: `<!doctype html>${frame}`, headers });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.origin}/around.html`);
  return page.frames()[1];
}

test("embed.html runs in a sandboxed frame, and says in words what it takes where its script may not come", async () => {
  const iframe = '<iframe sandbox="allow-scripts" src="/embed.html?model=/tiny/&backend=cpu&steps=1"></iframe>';
  const runs = await around(iframe);
  await runs.waitForFunction(() => document.querySelector("diffusion-sampler")?.generate);
  assert.equal(await runs.evaluate(() => document.querySelector("diffusion-sampler").generate()), "complete");
  assert.equal(await runs.locator("#waiting").count(), 0);
  site.patch("/pkg/embed.js", { headers: { "Access-Control-Allow-Origin": "https://other.example" } });
  try {
    const alone = await around(iframe);
    const text = alone.getByText("allow-same-origin must stand beside allow-scripts");
    await text.waitFor();
    assert.equal(
      await alone.evaluate(() => getComputedStyle(document.getElementById("waiting")).visibility),
      "visible",
    );
  } finally {
    site.drop("/pkg/embed.js");
  }
});

test("embed.html under Cross-Origin-Embedder-Policy: with the headers that docs/csp.md names, or credentialless", async () => {
  const embedder = { "Cross-Origin-Embedder-Policy": "require-corp" };
  const address = "/embed.html?model=/tiny/&backend=cpu&steps=1";
  const html = await readFile(new URL("../../site/embed.html", import.meta.url), "utf8");
  const complete = async (frame) => {
    await frame.waitForFunction(() => document.querySelector("diffusion-sampler")?.generate);
    return frame.evaluate(() => document.querySelector("diffusion-sampler").generate());
  };
  const cdn = await Site.start();
  try {
    const credentialless = `<iframe credentialless src="${cdn.origin}${address}"></iframe>`;
    assert.equal(await complete(await around(credentialless, embedder)), "complete");
    const headers = { ...embedder, "Cross-Origin-Resource-Policy": "cross-origin" };
    cdn.put("/embed.html", { type: "text/html; charset=utf-8", body: html, headers });
    assert.equal(await complete(await around(`<iframe src="${cdn.origin}${address}"></iframe>`, embedder)), "complete");
  } finally {
    await cdn.close();
  }
});
