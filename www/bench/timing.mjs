// Milliseconds of a prediction and of a run's step, both engines in the same browser, in turn.
import { median, ratio, spread } from "./table.mjs";

/**
 * Largest relative L2 difference between two engines that compute the same in f32; GPUs may fuse and reorder more. At 256x256 pixels the peer is
 * 1.5e-4 from a float64 program, and ours 7e-6.
 */
const TOLERANCE = { cpu: 3e-4, webgpu: 1e-3 };
/** Passes of each engine before the first that counts. */
const WARM_UP = { cpu: 2, webgpu: 1 };

/**
 * A row for one network at one size of batch.
 *
 * @param backend What both compute on: "cpu" or "webgpu".
 * @param byBurn Whether our side is the burn module. Default: the module of our own kernels.
 * @param steps Steps of each run of ours, and predictions of theirs in a row; the time is divided by it.
 */
export async function timesOf(rig, network, { backend, byBurn = false, batch, rounds, steps }) {
  const o = { ...network.of(batch), backend, byBurn, rounds, steps, warmUp: WARM_UP[backend] };
  const found = await rig.inPage((page) =>
    page.evaluate(async (o) => (await import("/bench/browser/compare.js")).compare(o), o),
  );
  if (!(found.difference < TOLERANCE[backend])) {
    const what = `${network.name}, ${backend}, batch ${batch}`;
    throw new Error(`${what}: the engines differ by ${found.difference}; it must be ${TOLERANCE[backend]}`);
  }
  const { predict, theirs, step, theirStep } = found;
  return {
    network: network.title,
    ...(byBurn && { "unnoise by": backend === "cpu" ? "burn-flex" : "burn-wgpu" }),
    batch,
    rounds,
    "unnoise, prediction, ms": spread(predict),
    "onnxruntime-web, prediction, ms": spread(theirs),
    "ratio of predictions": `${ratio(median(predict), median(theirs))} (${range(predict, theirs)})`,
    steps,
    "unnoise, step of a run, ms": spread(step),
    "onnxruntime-web, as many in a row, ms": spread(theirStep),
    "ratio of the step": `${ratio(median(step), median(theirStep))} (${range(step, theirStep)})`,
    difference: found.difference.toExponential(1),
  };
}

/** Between which values the ratios of the single rounds lie. */
function range(ours, theirs) {
  const ratios = ours.map((ms, i) => ms / theirs[i]);
  return `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`;
}
