// Memory at its peak: wasm memory, which never shrinks, and the bytes of GPU buffers alive at once.
import { tinyConfig, tinyScheduler, tinyWeights } from "../tests/tiny-model.mjs";
import { readProbes } from "./rig.mjs";
import { ratio } from "./table.mjs";

const MB = 1e6;
/** Lengths at which a long run's memory is looked at. */
const [EARLY, LATE] = [1000, 10_000];

/** A row for each module and size of batch: both engines after their predictions, and ours after a run of two steps. */
export async function peaksOf(rig, network, cases) {
  const rows = [];
  for (const { backend, batch } of cases) {
    const { ours, theirs } = await rig.probed(async (page) => {
      await page.evaluate(useBoth, { ...network.of(batch), backend });
      return readProbes(page);
    });
    const sum = ({ wasmBytes, gpuPeak }) => wasmBytes + gpuPeak;
    rows.push({
      module: backend,
      batch,
      "unnoise, wasm MB": (ours.wasmBytes / MB).toFixed(1),
      "unnoise, GPU MB": (ours.gpuPeak / MB).toFixed(1),
      "onnxruntime-web, wasm MB": (theirs.wasmBytes / MB).toFixed(1),
      "onnxruntime-web, GPU MB": (theirs.gpuPeak / MB).toFixed(1),
      "ratio of the sums": ratio(sum(ours), sum(theirs)),
    });
  }
  return rows;
}

async function useBoth(o) {
  const engines = await import("/bench/browser/engines.js");
  const [ours, theirs] = [await engines.openUnnoise(o), await engines.openPeer(o)];
  const x = await engines.imagesOf(o);
  await ours.predict(x);
  await ours.run(2);
  for (let i = 0; i < 2; i++) await theirs.predict(x);
}

/** Our CPU module's memory after a thousand steps and after ten thousand, of a network that is small enough for that. */
export async function growth(rig) {
  const network = rig.put({ name: "tiny", config: tinyConfig, scheduler: tinyScheduler, weights: tinyWeights() });
  const bytes = await rig.probed(async (page) => {
    await page.evaluate(
      async (o) => {
        globalThis.ours = await (await import("/bench/browser/engines.js")).openUnnoise(o);
      },
      { ...network.of(1), backend: "cpu" },
    );
    const found = [];
    for (let done = 0; done < LATE; done += EARLY) {
      await page.evaluate((steps) => ours.run(steps).then(() => undefined), EARLY);
      found.push((await readProbes(page)).ours.wasmBytes);
    }
    return found;
  });
  return [
    { steps: EARLY, "wasm MB": (bytes[0] / MB).toFixed(2) },
    { steps: LATE, "wasm MB": (bytes.at(-1) / MB).toFixed(2) },
  ];
}
