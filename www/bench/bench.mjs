// `./build.sh bench [part]...`: unnoise and onnxruntime-web (as it comes without special headers) on the same networks in the same
// headless Chromium, in turn. Prints tables in markdown, as docs/bench.md has them.
import { arch, cpus } from "node:os";
import { countsOf } from "./counts.mjs";
import { chainRow, kernelRows, serveKernels } from "./kernels.mjs";
import { kernelsOf } from "./launches.mjs";
import { growth, peaksOf } from "./memory.mjs";
import { Native, nativeRow } from "./native.mjs";
import { celebahq, cifar10 } from "./networks.mjs";
import { byPixels } from "./pixels.mjs";
import { peerVersion, Rig } from "./rig.mjs";
import { sizesOf } from "./sizes.mjs";
import { startsOf } from "./start.mjs";
import { printTable } from "./table.mjs";
import { timesOf } from "./timing.mjs";

const ROUNDS = roundsOf(process.env.ROUNDS ?? "15");
/** What takes long gets fewer rounds. */
const FEWER = Math.min(ROUNDS, Math.max(3, Math.round(ROUNDS / 3)));
/** SwiftShader takes seconds for each pass of the heaviest. */
const FEWEST = Math.min(ROUNDS, 3);
/** Steps of a run that is not told how many. */
const DEFAULT_STEPS = 50;
const BACKENDS = ["cpu", "webgpu"];

/** Every part by its name. */
const PARTS = {
  async cpu() {
    const rows = [];
    for (const network of networks) {
      rows.push(await timesOf(rig, network, { backend: "cpu", batch: 1, rounds: ROUNDS, steps: DEFAULT_STEPS }));
      rows.push(await timesOf(rig, network, { backend: "cpu", batch: 16, rounds: FEWER, steps: 10 }));
    }
    printTable("CPU module beside onnxruntime-web's wasm", rows);
  },
  async large() {
    const of = { backend: "cpu", batch: 1, rounds: FEWEST };
    const rows = [
      await timesOf(rig, rig.put(cifar10()), { ...of, steps: 5 }),
      await timesOf(rig, rig.put(celebahq()), { ...of, rounds: 1, steps: 1 }),
    ];
    printTable("CPU module beside onnxruntime-web's wasm, networks of public checkpoints' shapes", rows);
  },
  async native() {
    const native = await Native.start();
    if (!native) return console.log("\nPyTorch: skipped. PYTHON has to name a Python with torch and diffusers.");
    const threads = Math.min(2, cpus().length);
    const rows = [];
    try {
      for (const network of networks) {
        const of = { rounds: FEWER, steps: 20 };
        rows.push(await nativeRow(rig, native, network, { ...of, batch: 1, threads: 1 }));
        rows.push(await nativeRow(rig, native, network, { ...of, batch: 16, threads, steps: 5 }));
      }
      rows.push(await nativeRow(rig, native, rig.put(cifar10()), { batch: 1, threads: 1, rounds: FEWEST, steps: 5 }));
    } finally {
      native.close();
    }
    printTable(`CPU module in Chromium beside native PyTorch (${native.version}, eager, f32)`, rows);
  },
  async kernels() {
    await serveKernels(rig.site);
    await rig.inPage(async (page) => {
      printTable("Operations of the CPU module by themselves", await kernelRows(page, FEWER));
      printTable("Convolutions alone", [await chainRow(page, ROUNDS)]);
    });
  },
  async webgpu() {
    const row = await timesOf(rig, networks[0], { backend: "webgpu", batch: 1, rounds: FEWER, steps: 3 });
    printTable(`WebGPU module beside onnxruntime-web's WebGPU, ${await adapter()}`, [row]);
  },
  async "webgpu-more"() {
    const [bundled, larger] = networks;
    const rows = [await timesOf(rig, bundled, { backend: "webgpu", batch: 16, rounds: FEWEST, steps: 1 })];
    rows.push(await timesOf(rig, larger, { backend: "webgpu", batch: 1, rounds: FEWEST, steps: 1 }));
    printTable(`The same for a batch, and for the larger network, ${await adapter()}`, rows);
  },
  async burn() {
    const [bundled, larger] = networks;
    const onCpu = { backend: "cpu", byBurn: true, rounds: FEWER, steps: 10 };
    const rows = [
      await timesOf(rig, bundled, { ...onCpu, batch: 1 }),
      await timesOf(rig, bundled, { ...onCpu, batch: 16, rounds: FEWEST }),
      await timesOf(rig, larger, { ...onCpu, batch: 1 }),
      await timesOf(rig, bundled, { backend: "webgpu", byBurn: true, batch: 1, rounds: FEWEST, steps: 1 }),
    ];
    printTable(`burn module beside onnxruntime-web, WebGPU: ${await adapter()}`, rows);
  },
  async "webgpu-kernels"() {
    const rows = await kernelsOf(rig, networks[0], FEWEST);
    printTable(`Kernels of a step, bundled model, batch 1, WebGPU, ${await adapter()}`, rows);
  },
  async counts() {
    printTable("Calls of the WebGPU API per step, bundled model, batch 1", await countsOf(rig, networks[0]));
  },
  async start() {
    printTable("From navigation to the first picture, CPU", await startsOf(rig, networks[0], "cpu", FEWER));
  },
  async "start-webgpu"() {
    const rows = await startsOf(rig, networks[0], "webgpu", FEWEST);
    printTable(`From navigation to the first picture, WebGPU, ${await adapter()}`, rows);
  },
  async memory() {
    const cases = [
      { backend: "cpu", batch: 1 },
      { backend: "cpu", batch: 16 },
      { backend: "webgpu", batch: 1 },
    ];
    printTable("Memory at its peak, bundled model", await peaksOf(rig, networks[0], cases));
    printTable("Memory of a long run, CPU module, the tests' tiny network", await growth(rig));
  },
  async sizes() {
    printTable("Code to download", await sizesOf(rig, networks[0], BACKENDS));
  },
  async pixels() {
    printTable("By pixels, CPU module", await rig.inPage((page) => byPixels(page, rig.site, ROUNDS)));
  },
};

const parts = partsOf(process.argv.slice(2));
const rig = await Rig.start();
const networks = await rig.networks();
try {
  const { browser } = rig;
  const machine = `${cpus()[0].model}, ${cpus().length} cores, ${arch()}`;
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${date}, ${machine}, Chromium ${browser.version()}, onnxruntime-web ${await peerVersion()}.`);
  console.log("Medians; in parentheses the least and the most.");
  for (const part of parts) await PARTS[part]();
} finally {
  await rig.close();
}

/** The parts that were asked for; all without a name. */
function partsOf(names) {
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) stop(`there is no part ${unknown}; there are ${Object.keys(PARTS).join(", ")}`);
  return names.length > 0 ? names : Object.keys(PARTS);
}

function roundsOf(text) {
  const rounds = Number(text);
  if (!(Number.isInteger(rounds) && rounds > 0)) stop(`ROUNDS is ${text}; it must be a whole number from 1`);
  return rounds;
}

function stop(sentence) {
  console.error(`bench: ${sentence}`);
  process.exit(2);
}

/** What both engines' WebGPU runs on. */
function adapter() {
  return rig.inPage((page) =>
    page.evaluate(async () => {
      const { vendor, architecture } = (await navigator.gpu.requestAdapter()).info;
      return [vendor, architecture].filter(Boolean).join(" ");
    }),
  );
}
