// What every part of the benchmark stands on: the server with both engines, one browser, and each network in both forms.
import { readdir, readFile } from "node:fs/promises";
import { blankPage, launch, Site } from "../tests/helpers.mjs";
import { networks, tensorsOf } from "./networks.mjs";
import { unetOnnx } from "./unet-onnx.mjs";

const ort = new URL("../../node_modules/onnxruntime-web/", import.meta.url);
const browserSide = new URL("browser/", import.meta.url);
const TYPES = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm", html: "text/html" };

/** The peer's version. */
export async function peerVersion() {
  return JSON.parse(await readFile(new URL("package.json", ort), "utf8")).version;
}

/** Server and browser. */
export class Rig {
  site;
  browser;

  static async start() {
    const rig = new Rig();
    rig.site = await Site.start();
    await rig.#serve("/ort/", new URL("dist/", ort), /^ort.*\.(mjs|wasm)$/);
    await rig.#serve("/bench/browser/", browserSide, /\.(js|html)$/);
    rig.browser = await launch();
    return rig;
  }

  /** The bundled network and the larger one, each as a folder for us and as a graph for the peer. */
  async networks() {
    return (await networks()).map((network) => this.put(network));
  }

  /** Serves a network to both engines. `of(batch)`: what their openers in browser/engines.js have to know of it. */
  put({ name, config, scheduler, weights }) {
    const folder = `/bench/${encodeURIComponent(name)}/`;
    const classes = config.num_class_embeds ?? 0;
    const labels = classes ? Array.from({ length: classes }, (_, i) => `class ${i}`) : null;
    this.site.putModel(folder, { config, scheduler, weights, labels });
    const tensors = tensorsOf(weights);
    const parameters = [...tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
    const shape = [config.in_channels, config.sample_size, config.sample_size];
    /** What our side is told of a batch. */
    const ofOurs = (batch) => ({ folder, batch, shape, label: classes ? 3 % classes : undefined });
    const of = (batch) => {
      const graph = `${folder.slice(0, -1)}-${batch}.onnx`;
      const body = Buffer.from(unetOnnx(config, tensors, batch));
      this.site.put(graph, constant({ type: "application/octet-stream", body }));
      return { ...ofOurs(batch), graph };
    };
    const title = `${name}, ${(parameters / 1e6).toFixed(1)} M`;
    return { name, title, folder, config, weights, of, ofOurs };
  }

  /** A page with our library in a profile of its own, which ends with the work. */
  async inPage(work) {
    const page = await blankPage(this.browser, this.site);
    try {
      return await work(page);
    } finally {
      await page.context().close();
    }
  }

  /** The same with browser/probe.js in the workers of both engines; not for timing. */
  async probed(work) {
    const probe = await readFile(new URL("probe.js", browserSide), "utf8");
    this.site.patch("/pkg/worker.js", { before: probe });
    this.site.put("/bench/browser/maybe-probe.js", { type: TYPES.js, body: probe });
    try {
      return await this.inPage(work);
    } finally {
      this.site.drop("/pkg/worker.js");
      this.site.put("/bench/browser/maybe-probe.js", { type: TYPES.js });
    }
  }

  async close() {
    await this.browser.close();
    await this.site.close();
  }

  async #serve(prefix, folder, pattern) {
    for (const file of (await readdir(folder)).filter((name) => pattern.test(name))) {
      const type = TYPES[file.split(".").at(-1)];
      let answer;
      const read = async () => constant({ type, body: await readFile(new URL(file, folder)) });
      this.site.put(prefix + file, async () => {
        answer ??= await read();
        return answer();
      });
    }
    this.site.put("/bench/browser/maybe-probe.js", { type: TYPES.js });
  }
}

/** An answer whose ETag is known beforehand: hashing tens of megabytes at each visit would count as the peer's time. */
function constant({ type, body }) {
  const etag = `"${body.length}-${type}"`;
  return () => ({ type, body, etag });
}

/** What the probes of all workers of a page have counted, together: `{ ours, theirs }`. */
export async function readProbes(page) {
  const found = { ours: [], theirs: [] };
  for (const worker of page.workers()) {
    const side = worker.url().endsWith("peer-worker.js") ? found.theirs : found.ours;
    side.push(await worker.evaluate(() => globalThis.probe.read()));
  }
  const together = (all) =>
    all.reduce(
      (sum, one) => Object.fromEntries(Object.entries(one).map(([key, value]) => [key, value + (sum[key] ?? 0)])),
      {},
    );
  return { ours: together(found.ours), theirs: together(found.theirs) };
}
