// What the browser tests share: a server whose answers a test can replace, and a headless Chromium.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../serve.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const root = new URL("../../", import.meta.url);
const golden = new URL("tests/golden/", root);

const TINY = tinyWeights();

/** Flags under which headless Chromium offers WebGPU on SwiftShader, a software adapter. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-background-networking",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--js-flags=--expose-gc",
  // The last list counts, so Playwright's own is repeated. What follows it is Chromium's: each window would load the two documents of
  // its address bar in a renderer of their own, and each page would start a renderer that may never be used.
  `--disable-features=${[
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "SpareRendererForSitePerProcess",
  ]}`,
];

/**
 * A page that does nothing but bring the library to `globalThis`, with helpers: for what its calls reject with, one that gives every image of a
 * run as text, so that two are equal only to the last bit, and one for the automatic choice.
 */
const BLANK = `<!doctype html><meta charset="utf-8"><title>blank</title><link rel="icon" href="data:,">
<script type="module">
  globalThis.unnoise = await import("/pkg/index.js");
  globalThis.failure = async (call) => {
    try { await call(); } catch (e) { return { code: e.code, name: e.name, message: e.message, hint: e.hint, cause: e.cause?.message }; }
    return { code: "nothing was thrown" };
  };
  globalThis.codeOf = async (call) => (await failure(call)).code;
  globalThis.texts = async (run) => {
    const { x, images } = await run.result();
    const length = x.length / images.length;
    return images.map((_, i) => x.slice(i * length, (i + 1) * length).join());
  };
  // The automatic choice with a model, moved to WebGPU: that was faster on another visit.
  globalThis.moved = async (folder, o = {}) => {
    const cpu = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
    const { hash, shape } = (await cpu.load(folder)).info;
    cpu.dispose();
    const { vendor, architecture, device, description } = (await navigator.gpu.requestAdapter()).info;
    const adapter = [vendor, architecture, device, description].filter(Boolean).join(" ");
    const timings = [{ model: hash, adapter, images: 1, cpu: 10, webgpu: 1 }];
    const diffuser = await unnoise.Diffuser.create({ startTimeout: 360_000, ...o, backend: "auto", timings });
    const model = await diffuser.load(folder);
    await model.predict(new Float32Array(shape[0] * shape[1] * shape[2]), 5);
    while (diffuser.backend.kind !== "webgpu") await new Promise((resolve) => setTimeout(resolve, 20));
    return { diffuser, model };
  };
  globalThis.ready = true;
</script>`;

/** The test server; `requests` grows with every answer. */
export class Site {
  requests = [];
  #answers = new Map();
  #server;

  static async start() {
    const site = new Site();
    site.#server = await serve({
      answer: (url) => site.#answers.get(url.pathname)?.(url),
      onRequest: (request) => site.requests.push(request),
    });
    site.origin = site.#server.origin;
    site.put("/blank.html", { type: "text/html; charset=utf-8", body: BLANK });
    site.putModel("/tiny/");
    return site;
  }

  /** Answers a path with a fixed answer, or with what a function of the address gives. */
  put(path, answer) {
    let etag;
    const fixed = () => {
      etag ??= `"${createHash("sha256")
        .update(answer.body ?? "")
        .digest("hex")}"`;
      return { etag, ...answer };
    };
    this.#answers.set(path, typeof answer === "function" ? answer : fixed);
  }

  /** Takes such an answer back. */
  drop(path) {
    this.#answers.delete(path);
  }

  /** Puts the tiny model, with changes, into a folder in diffusers' layout. */
  putModel(
    folder,
    {
      config = {},
      weights = TINY,
      scheduler = tinyScheduler,
      labels = ["a", "b", "no class"],
      analytic,
      vdm,
      defaults,
    } = {},
  ) {
    const json = (content) => ({ type: "application/json", body: JSON.stringify(content) });
    this.put(`${folder}unet/config.json`, json({ ...tinyConfig, ...config }));
    this.put(`${folder}scheduler/scheduler_config.json`, json(scheduler));
    if (labels) this.put(`${folder}labels.json`, json(labels));
    if (analytic !== undefined) this.put(`${folder}analytic_dpm.json`, json(analytic));
    if (defaults !== undefined) this.put(`${folder}defaults.json`, json(defaults));
    if (vdm !== undefined) this.put(`${folder}vdm.json`, json(vdm));
    const body = Buffer.from(weights);
    this.put(`${folder}unet/diffusion_pytorch_model.safetensors`, { type: "application/octet-stream", body });
  }

  /** Puts a network of diffusers' golden variants into the folder of its name. */
  async putVariant(name) {
    const folder = new URL(`unet_variants/${name}/`, golden);
    const config = JSON.parse(await readFile(new URL("config.json", folder), "utf8"));
    const weights = await readFile(new URL("diffusion_pytorch_model.safetensors", folder));
    // Those of the tiny network that are not named here are none of this one.
    const absent = Object.fromEntries(Object.keys(tinyConfig).map((key) => [key, undefined]));
    this.putModel(`/${name}/`, { config: { ...absent, ...config }, weights, labels: null });
  }

  /** Serves a script of pkg/ with code before and after it, or with more headers; `from` may be the file of another path. */
  patch(path, { before = "", after = "", from = path, headers }) {
    const file = fileURLToPath(new URL(`.${from}`, root));
    this.put(path, async () => ({
      type: "text/javascript",
      body: `${before}${await readFile(file, "utf8")}\n${after}`,
      headers,
    }));
  }

  /** Bytes of the bodies sent for paths that match, since a count of requests. */
  bytes(pattern, since = 0) {
    const matching = this.requests.slice(since).filter(({ path }) => pattern.test(path));
    return matching.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  close() {
    return this.#server.close();
  }
}

/** A busy machine may take so long for one thing, in milliseconds. */
export const PATIENCE_MS = 120_000;

/** Chromium as visitors have it: `CHROME`, or Debian's. */
const WHOLE = process.env.CHROME || "/usr/bin/chromium";

/** The same engine without windows, tabs and menus, `CHROME_SHELL`: a page opens in two thirds of the time. */
const SHELL = process.env.CHROME_SHELL || WHOLE;

/** Headless Chromium, `whole` for what is about the browser around the page. All its pages are waited for with patience. */
export async function launch({ flags = [], whole = false } = {}) {
  const browser = await chromium.launch({ executablePath: whole ? WHOLE : SHELL, args: [...FLAGS, ...flags] });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => patient(await newContext(options));
  return browser;
}

function patient(context) {
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** The browsers of `setUp` by their options, where more files than one run in this process. */
const kept = new Map();

/** Ends them. */
export const closeBrowsers = () => Promise.all([...kept.values()].map((browser) => browser.close()));

/** A browser, by the options of `launch`, and a site for all tests of a file. They end with it: of a browser that is kept, its pages. */
export async function setUp(options = {}) {
  const name = JSON.stringify(options);
  const together = process.env.UNNOISE_TOGETHER !== undefined;
  const browser = kept.get(name)?.isConnected() ? kept.get(name) : await launch(options);
  if (together) kept.set(name, browser);
  const site = await Site.start();
  after(() => (together ? Promise.all(browser.contexts().map((context) => context.close())) : browser.close()));
  after(() => site.close());
  return { browser, site };
}

/** The same browser with a profile that is kept in a folder, caches included: it is its own only context. */
export async function launchProfile(folder) {
  return patient(await chromium.launchPersistentContext(folder, { executablePath: WHOLE, args: FLAGS }));
}

/** A page with the library loaded and nothing else, in a browser profile of its own unless one is given. */
export async function blankPage(browser, site, { context, init } = {}) {
  const page = await (context ?? (await browser.newContext())).newPage();
  if (init) await page.addInitScript(init);
  await page.goto(`${site.origin}/blank.html`);
  await page.waitForFunction(() => globalThis.ready === true);
  return page;
}

/**
 * What each call of a table rejects with, beside its row's own code: rows are `[options as code, code]`, `call` is code in which
 * `o` stands for the options.
 */
export async function codes(page, call, table) {
  const source = `Promise.all([${table.map(([o]) => `codeOf(() => { const o = ${o}; return ${call}; })`).join()}])`;
  const found = await page.evaluate(source);
  return table.map(([o], i) => [o, found[i]]);
}

/** Makes the page take SwiftShader for a graphics card. To be run before the page's own scripts. */
export function poseAsHardware() {
  const property = (name, value) => Object.defineProperty(GPUAdapterInfo.prototype, name, { get: () => value });
  property("vendor", "acme");
  property("architecture", "rocket");
  property("isFallbackAdapter", false);
}

/** Cases that diffusers has answered, and how to read their floats. */
export async function answered(name) {
  const { cases } = JSON.parse(await readFile(new URL(`${name}.json`, golden), "utf8"));
  const bytes = await readFile(new URL(`${name}.bin`, golden));
  const floats = ({ at, shape }) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return Array.from({ length: count }, (_, i) => bytes.readFloatLE(4 * (at + i)));
  };
  return { cases, floats };
}
