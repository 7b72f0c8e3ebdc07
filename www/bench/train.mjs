// A training step of the burn module beside tf.js in the same headless Chromium, on the same network and batch: an MLP for points (3 layers
// of 128, batch 256), and the default U-Net for pictures (16 x 16 x 3, batch 16). Then that U-Net on burn-wgpu beside burn-flex.
//   npm install --no-save @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node www/bench/train.mjs
import { readdir, readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { Rig } from "./rig.mjs";
import { printTable } from "./table.mjs";

const packages = new URL("../../node_modules/@tensorflow/", import.meta.url);
const WASM = "tfjs-backend-wasm/dist/";

/** tf.js's wasm back end has no gradient of a convolution's weights. Its cpu back end takes many seconds for a step of the U-Net. */
const CASES = [
  { network: "points", backend: "wasm", rounds: 12, steps: 20 },
  { network: "points", backend: "cpu", rounds: 3, steps: 4 },
  { network: "pictures", backend: "cpu", rounds: 2, steps: 1 },
];

/** Serves tf.js, and gives the addresses of its scripts. */
async function serveTf(site) {
  const serve = async (file, type) => {
    const body = await readFile(new URL(file, packages));
    const path = `/bench/tf/${file.split("/").at(-1)}`;
    site.put(path, { type, body });
    return path;
  };
  for (const file of await readdir(new URL(WASM, packages))) {
    if (file.endsWith(".wasm")) await serve(WASM + file, "application/wasm");
  }
  const scripts = ["tfjs/dist/tf.min.js", `${WASM}tf-backend-wasm.min.js`];
  return Promise.all(scripts.map((file) => serve(file, "text/javascript")));
}

/** A row of the table: one case in a page of its own. */
async function rowOf(rig, scripts, o) {
  const found = await rig.inPage(async (page) => {
    for (const url of scripts) await page.addScriptTag({ url });
    return page.evaluate(async (o) => (await import("/bench/browser/train.js")).timesOf(o), o);
  });
  return {
    network: `${o.network}, ${found.parameters} weights`,
    "unnoise, ms": found.ours.toFixed(1),
    "examples per second": found.perSecond.toFixed(0),
    "tf.js": o.backend,
    "tf.js, ms": found.theirs.toFixed(1),
    ratio: (found.ours / found.theirs).toFixed(3),
  };
}

/** Steps on both devices that are compared. */
const COMPARED = 20;

/** How far the losses on WebGPU are from those on the CPU, and what a step asks of the device. */
async function webgpuRow(rig) {
  const probe = await readFile(new URL("browser/probe.js", import.meta.url), "utf8");
  const [cpu, webgpu] = await Promise.all(
    ["cpu", "webgpu"].map((device) =>
      rig.inPage(async (page) => {
        await page.addScriptTag({ content: probe });
        const o = { device, steps: COMPARED };
        return page.evaluate(async (o) => (await import("/bench/browser/train.js")).lossesOn(o), o);
      }),
    ),
  );
  const apart = cpu.losses.map((loss, i) => Math.abs(webgpu.losses[i] / loss - 1));
  return {
    steps: COMPARED,
    "largest difference of a loss": Math.max(...apart).toExponential(1),
    "dispatches per step": webgpu.dispatches,
    "submits per step": webgpu.submits,
  };
}

const rig = await Rig.start();
try {
  const scripts = await serveTf(rig.site);
  const load = () => loadavg()[0].toFixed(1);
  const before = load();
  const rows = [];
  for (const case_ of CASES) rows.push(await rowOf(rig, scripts, case_));
  const machine = `${cpus()[0].model}, ${cpus().length} cores, load ${before} before and ${load()} after`;
  printTable(`A step of training, Chromium ${rig.browser.version()}, ${machine}: the best of the rounds`, rows);
  printTable("Pictures on burn-wgpu (SwiftShader) beside burn-flex", [await webgpuRow(rig)]);
} finally {
  await rig.close();
}
