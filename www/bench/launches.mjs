// Each kernel of the WebGPU module by itself: the launches of a step of the bundled network, grouped by kernel and repeated.
import { readFile } from "node:fs/promises";
import { median, spread } from "./table.mjs";

/** A row for every kernel, the slowest first. */
export async function kernelsOf(rig, network, rounds) {
  const script = await readFile(new URL("browser/launches.js", import.meta.url), "utf8");
  rig.site.patch("/pkg/worker.js", { before: script });
  try {
    const found = await rig.inPage(async (page) => {
      await page.evaluate(
        async (o) => {
          const engines = await import("/bench/browser/engines.js");
          globalThis.ours = await engines.openUnnoise(o);
          await ours.run(2);
        },
        { ...network.of(1), backend: "webgpu" },
      );
      const worker = page.workers().find((worker) => worker.url().endsWith("worker.js"));
      return worker.evaluate((rounds) => globalThis.timeKernels(rounds), rounds);
    });
    return rowsOf(found);
  } finally {
    rig.site.drop("/pkg/worker.js");
  }
}

function rowsOf(kernels) {
  const all = kernels.reduce((sum, { ms }) => sum + median(ms), 0);
  return kernels
    .toSorted((a, b) => median(b.ms) - median(a.ms))
    .map(({ label, shapes, ms }) => {
      const products = shapes.reduce((sum, shape) => sum + productsOf(label, shape), 0);
      return {
        kernel: nameOf(label),
        launches: shapes.length,
        rounds: ms.length,
        "all of them, ms": spread(ms),
        share: `${Math.round((100 * median(ms)) / all)} %`,
        "GFLOP/s": products > 0 ? ((2 * products) / median(ms) / 1e6).toFixed(2) : "",
      };
    });
}

/** What the constants of a convolution say; those of the others stay numbers. */
function nameOf(label) {
  const { kind, constants } = parsed(label);
  if (kind !== "Conv") return label;
  const { side, stride, doubled, skip, added, halves, sliced } = constants;
  const words = [
    doubled && "doubled",
    skip && "two inputs",
    ADDED[added],
    halves && "f16 weights",
    sliced && "divided",
  ];
  return [`Conv ${side}x${side}`, stride === 2 && "stride 2", ...words].filter(Boolean).join(", ");
}

const ADDED = [undefined, "plus time", "plus an image", "plus a shortcut"];

/** Multiplications of a convolution, by the words of its shape (src/kernels/gpu/conv.wgsl). */
export function productsOf(label, shape) {
  const { kind, constants } = parsed(label);
  if (kind !== "Conv") return 0;
  const [, , , , pixels, inputs, skips, outputs, , addeds] = shape;
  const { side, added } = constants;
  const isShortcut = added === 3;
  const main = side * side * (inputs + (isShortcut ? 0 : skips));
  return 16 * pixels * outputs * (main + (isShortcut ? addeds + skips : 0));
}

function parsed(label) {
  const [, kind, list] = /^(\w+) \[(.*)\]$/.exec(label);
  const [side, stride, before, doubled, skip, added, halves, , sliced] = list.split(", ").map(Number);
  return { kind, constants: { side, stride, before, doubled, skip, added, halves, sliced } };
}
