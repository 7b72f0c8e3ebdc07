// `./build.sh bench`: our CPU module and onnxruntime-web (wasm, as it comes without special headers) compute the same networks in
// the same headless Chromium, in turn. Prints medians with their spread, the ratio, and how far the two results differ.
import { readdir, readFile } from "node:fs/promises";
import { arch, cpus } from "node:os";
import { brotliCompressSync } from "node:zlib";
import { blankPage, launch, Site } from "../tests/helpers.mjs";
import { networks, tensorsOf } from "./networks.mjs";
import { byPixels } from "./pixels.mjs";
import { unetOnnx } from "./unet-onnx.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 15);
/** A batch takes long enough for fewer rounds. */
const ROUNDS_OF_BATCH = Math.max(3, Math.round(ROUNDS / 3));
/** Passes of each engine before the first that counts. */
const WARM_UP = 2;
/** Largest relative L2 difference between two engines that compute the same in f32. */
const TOLERANCE = 1e-4;
const ort = new URL("../../node_modules/onnxruntime-web/", import.meta.url);

const { version } = JSON.parse(await readFile(new URL("package.json", ort), "utf8"));
const site = await Site.start();
await serveOrt();
const browser = await launch();
console.log(
  `${browser.browserType().name()} ${browser.version()}, onnxruntime-web ${version}, ${ROUNDS} rounds, ${ROUNDS_OF_BATCH} of a batch`,
);
console.log(`${cpus()[0].model}, ${cpus().length} cores, ${arch()}, ${new Date().toISOString().slice(0, 10)}\n`);

const rows = [];
try {
  for (const network of await networks()) {
    for (const batch of [1, 16]) rows.push(await compared(network, batch));
  }
  console.table(rows);
  console.table(await byPixels(await blankPage(browser, site), site, ROUNDS));
  console.table(await sizes());
} finally {
  await browser.close();
  await site.close();
}

/** One network at one size of batch, in a page of its own. */
async function compared({ name, config, scheduler, weights }, batch) {
  const folder = `/bench/${name}/`;
  site.putModel(folder, { config, scheduler, weights, labels: config.num_class_embeds ? labelsOf(config) : null });
  const graph = unetOnnx(config, tensorsOf(weights), batch);
  site.put(`/bench/${name}-${batch}.onnx`, { type: "application/octet-stream", body: Buffer.from(graph) });

  const page = await blankPage(browser, site);
  const o = { folder, graph: `/bench/${name}-${batch}.onnx`, batch, hasClasses: Boolean(config.num_class_embeds) };
  const found = await page.evaluate(inPage, { ...o, rounds: batch > 1 ? ROUNDS_OF_BATCH : ROUNDS, warmUp: WARM_UP });
  await page.context().close();
  if (!(found.difference < TOLERANCE)) {
    throw new Error(`${name}: the two engines differ by ${found.difference}; allowed is ${TOLERANCE}`);
  }
  return {
    network: `${name}, ${(found.parameters / 1e6).toFixed(1)} M`,
    batch,
    "unnoise ms": spread(found.ours),
    "onnxruntime-web ms": spread(found.theirs),
    ratio: (median(found.ours) / median(found.theirs)).toFixed(3),
    "ratio by pairs": spread(found.ours.map((ms, i) => ms / found.theirs[i])),
    difference: found.difference.toExponential(1),
  };
}

/** What runs in the page: both engines with the same images, in turn. */
async function inPage({ folder, graph, batch, hasClasses, rounds, warmUp }) {
  const ort = await import("/ort/ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = "/ort/";
  const session = await ort.InferenceSession.create(graph, { executionProviders: ["wasm"] });
  const diffuser = await globalThis.unnoise.Diffuser.create({ backend: "cpu" });
  const model = await diffuser.load(folder);

  const shape = [batch, ...model.info.shape];
  const x = await globalThis.unnoise.noise(1, shape);
  const [t, label] = [500, hasClasses ? 3 : undefined];
  const feeds = {
    sample: new ort.Tensor("float32", x, shape),
    timestep: new ort.Tensor(new Float32Array(batch).fill(t)),
  };
  if (hasClasses) feeds.labels = new ort.Tensor("int64", new BigInt64Array(batch).fill(BigInt(label)));
  const labels = hasClasses ? new Array(batch).fill(label) : undefined;
  const engines = [() => model.predict(x, t, labels), async () => (await session.run(feeds)).prediction.data];

  const times = [[], []];
  let answers = [];
  for (let round = -warmUp; round < rounds; round++) {
    answers = [];
    for (const [i, engine] of engines.entries()) {
      const begun = performance.now();
      answers.push(await engine());
      if (round >= 0) times[i].push(performance.now() - begun);
    }
  }
  const [ours, theirs] = answers;
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const difference = norm(ours.map((value, i) => value - theirs[i])) / norm(theirs);
  const { parameters } = model.info;
  diffuser.dispose();
  return { ours: times[0], theirs: times[1], difference, parameters };
}

/** What a visitor downloads of either engine's code for the CPU, after brotli. */
async function sizes() {
  const pkg = new URL("../../pkg/", import.meta.url);
  const of = async (folder, files) => {
    const bytes = await Promise.all(files.map((file) => readFile(new URL(file, folder))));
    return bytes.reduce((sum, file) => sum + brotliCompressSync(file).length, 0);
  };
  const ours = await of(pkg, ["index.js", "worker.js", "cpu/unnoise.js", "cpu/unnoise_bg.wasm"]);
  const wasm = ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];
  const theirs = await of(new URL("dist/", ort), ["ort.wasm.min.mjs", ...wasm]);
  const kb = (bytes) => Math.round(bytes / 1000);
  return [
    {
      "code after brotli, KB": "CPU",
      unnoise: kb(ours),
      "onnxruntime-web": kb(theirs),
      ratio: (ours / theirs).toFixed(3),
    },
  ];
}

async function serveOrt() {
  const dist = new URL("dist/", ort);
  for (const file of await readdir(dist)) {
    const type = file.endsWith(".wasm") ? "application/wasm" : "text/javascript";
    if (/^ort.*\.(mjs|wasm)$/.test(file))
      site.put(`/ort/${file}`, async () => ({ type, body: await readFile(new URL(file, dist)) }));
  }
}

function labelsOf({ num_class_embeds: count }) {
  return Array.from({ length: count }, (_, i) => `class ${i}`);
}

/** The median, and between which values all lie. */
function spread(values) {
  const digits = Math.max(...values) < 10 ? 3 : 1;
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map((v) =>
    v.toFixed(digits),
  );
  return `${middle} (${least} to ${most})`;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
