// Single operations of the CPU module, plain and with relaxed SIMD, beside the most products that a loop does; and the convolutions
// alone beside the peer's.
import { readFile } from "node:fs/promises";
import { Graph } from "./onnx.mjs";
import { median, ratio, spread } from "./table.mjs";

const pkg = new URL("pkg/", import.meta.url);
const BUILDS = { SIMD128: "unnoise_bg.wasm", "relaxed SIMD": "unnoise_relaxed_bg.wasm" };

/** Every operation: its name in src/wasm/bench.rs, height and width of the image, channels in and out. */
const KERNELS = [
  ["peak", 0, 0, 0],
  ["3x3", 32, 64, 64],
  ["3x3", 16, 128, 128],
  ["3x3", 8, 128, 128],
  ["3x3", 28, 64, 64],
  ["3x3", 7, 128, 128],
  ["3x3, ring", 28, 32, 32],
  ["3x3, ring", 28, 64, 64],
  ["3x3, ring", 14, 64, 64],
  ["3x3, ring", 7, 64, 64],
  ["3x3, ring", 8, 128, 128],
  ["3x3, doubled", 14, 128, 128],
  ["3x3, stride 2", 32, 64, 64],
  ["3x3", 32, 3, 64],
  ["3x3", 32, 64, 3],
  ["1x1", 32, 192, 64],
  ["1x1", 16, 128, 384],
  ["norm and SiLU", 32, 64, 64],
  ["attention", 16, 128, 128],
];
/** Convolutions one after the other, of so many channels and pixels a side. */
const CHAIN = { count: 20, channels: 64, side: 32 };
/** How long an operation is repeated for one reading, in milliseconds: far above the clock's steps. */
const READING_MS = 30;

/** Serves both builds and the peer's graph. */
export async function serveKernels(site) {
  const put = async (file, type) => site.put(`/bench/pkg/${file}`, { type, body: await readFile(new URL(file, pkg)) });
  await put("unnoise.js", "text/javascript");
  for (const file of Object.values(BUILDS)) await put(file, "application/wasm");
  site.put("/bench/chain.onnx", { type: "application/octet-stream", body: Buffer.from(chainOnnx()) });
}

/** A row for each operation. */
export async function kernelRows(page, rounds) {
  const found = await page.evaluate(timeKernels, { kernels: KERNELS, builds: BUILDS, rounds, readingMs: READING_MS });
  const peaks = Object.fromEntries(Object.keys(BUILDS).map((build) => [build, best(found[0], build)]));
  return found.map(({ kernel: [name, side, inputs, outputs], products, ms }) => {
    const row = { kernel: name, image: side ? `${side}x${side}` : "", channels: side ? `${inputs} to ${outputs}` : "" };
    for (const build of Object.keys(BUILDS)) {
      row[`${build}, ms`] = spread(ms[build]);
      row[`${build}, GFLOP/s`] = products ? speed(products, median(ms[build])).toFixed(1) : "";
      row[`${build}, of its peak`] = products
        ? `${Math.round((100 * best({ products, ms }, build)) / peaks[build])} %`
        : "";
    }
    return row;
  });
}

/** The convolutions alone, ours and the peer's in turn. */
export async function chainRow(page, rounds) {
  const kernel = ["3x3, chain", CHAIN.side, CHAIN.channels, CHAIN.channels];
  const { ms, theirs, products } = await page.evaluate(timeChain, { kernel, builds: BUILDS, rounds, ...CHAIN });
  const row = {
    convolutions: `${CHAIN.count} of 3x3, ${CHAIN.channels} channels, ${CHAIN.side}x${CHAIN.side}`,
    rounds,
  };
  for (const build of Object.keys(BUILDS)) row[`${build}, ms`] = spread(ms[build]);
  row["onnxruntime-web, ms"] = spread(theirs);
  row["onnxruntime-web, GFLOP/s"] = speed(products, median(theirs)).toFixed(1);
  for (const build of Object.keys(BUILDS)) row[`ratio, ${build}`] = ratio(median(ms[build]), median(theirs));
  return row;
}

function speed(products, ms) {
  return (2 * products) / ms / 1e6;
}

/** The fastest reading: what a machine can do is not what it does while it is busy with something else. */
function best({ products, ms }, build) {
  return speed(products, Math.min(...ms[build]));
}

/** Runs in the page: every operation in both builds, in turn. */
async function timeKernels({ kernels, builds, rounds, readingMs }) {
  const modules = {};
  for (const [build, file] of Object.entries(builds)) {
    // An address of its own, so that there is an instance for each build.
    const glue = await import(`/bench/pkg/unnoise.js?${encodeURIComponent(build)}`);
    await glue.default({ module_or_path: `/bench/pkg/${file}` });
    modules[build] = glue;
  }
  globalThis.kernelModules = modules;
  return kernels.map((kernel) => {
    const benches = Object.entries(modules).map(([build, { KernelBench }]) => ({
      build,
      bench: new KernelBench(...kernel),
      ms: [],
    }));
    const timed = (bench, times) => {
      const begun = performance.now();
      bench.run(times);
      return performance.now() - begun;
    };
    for (const one of benches) {
      timed(one.bench, 5);
      one.times = Math.max(1, Math.ceil((5 * readingMs) / timed(one.bench, 5)));
      timed(one.bench, one.times);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { bench, times, ms } of benches) ms.push(timed(bench, times) / times);
    }
    const { products } = benches[0].bench;
    return { kernel, products, ms: Object.fromEntries(benches.map(({ build, ms }) => [build, ms])) };
  });
}

/** Runs in the page after timeKernels, whose modules it takes. */
async function timeChain({ kernel, builds, rounds, channels, side }) {
  const ort = await import("/ort/ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = "/ort/";
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create("/bench/chain.onnx", { executionProviders: ["wasm"] });
  const numbers = Float32Array.from({ length: channels * side * side }, (_, i) => 0.05 * Math.sin(0.37 * i));
  const x = new ort.Tensor("float32", numbers, [1, channels, side, side]);
  const benches = Object.keys(builds).map((build) => [
    build,
    new globalThis.kernelModules[build].KernelBench(...kernel),
  ]);
  const ms = Object.fromEntries(Object.keys(builds).map((build) => [build, []]));
  const theirs = [];
  for (let round = -3; round < rounds; round++) {
    for (const [build, bench] of benches) {
      const begun = performance.now();
      bench.run(1);
      if (round >= 0) ms[build].push(performance.now() - begun);
    }
    const begun = performance.now();
    await session.run({ x });
    if (round >= 0) theirs.push(performance.now() - begun);
  }
  return { ms, theirs, products: benches[0][1].products };
}

/** The chain as the peer reads it. */
function chainOnnx() {
  const graph = new Graph();
  const { count, channels, side } = CHAIN;
  const wave = (length) => Float32Array.from({ length }, (_, i) => 0.05 * Math.sin(0.37 * (i % 9973)));
  const weights = graph.floats("weights", [channels, channels, 3, 3], wave(channels * channels * 9));
  const bias = graph.floats("bias", [channels], wave(channels));
  let y = "x";
  for (let i = 0; i < count; i++)
    y = graph.op("Conv", [y, weights, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const dims = [1, channels, side, side];
  return graph.toFile([["x", "float", dims]], [[y, "float", dims]]);
}
