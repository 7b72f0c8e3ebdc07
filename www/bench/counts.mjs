// What a step asks of the WebGPU API, counted in both engines' workers; none of it depends on the machine's speed.
import { readProbes } from "./rig.mjs";
import { count, median, ratio } from "./table.mjs";

const ROWS = {
  dispatches: "dispatches",
  submits: "submits",
  buffers: "buffers created",
  bindGroups: "bind groups created",
  pipelines: "pipelines created",
  bytesBack: "bytes read back",
  bytesUp: "bytes uploaded",
  bytesPosted: "bytes posted to the page",
};

/** Lengths of two runs: what the longer one counts more is what steps count, without the beginning and the end of a run. */
const [SHORT, LONG] = [2, 4];

/** A row for each count: a step of a run that shows every picture, one that shows the last only, and one call of the peer. */
export async function countsOf(rig, network) {
  const { watched, unwatched, theirs } = await rig.probed((page) => countIn(page, network.of(1)));
  return Object.entries(ROWS).map(([key, name]) => ({
    "per step": name,
    "unnoise, every picture read": count(watched[key]),
    "unnoise, last picture read": count(unwatched[key]),
    "onnxruntime-web": count(theirs[key]),
    "ratio (last picture read)": ratio(unwatched[key], theirs[key]),
  }));
}

/** Opens both, computes once, and counts from the next step on. */
export async function countIn(page, network) {
  await page.evaluate(
    async (o) => {
      const engines = await import("/bench/browser/engines.js");
      globalThis.x = await engines.imagesOf(o);
      globalThis.ours = await engines.openUnnoise(o);
      globalThis.theirs = await engines.openPeer(o);
      globalThis.answers = [await ours.predict(x), await theirs.predict(x)];
      globalThis.difference = engines.differenceOf(...answers);
      // As long as what is counted, so that nothing is made for the first time then.
      await ours.watched(o.long);
    },
    { ...network, backend: "webgpu", long: LONG },
  );

  const during = async (side, work) => {
    const before = (await readProbes(page))[side];
    await page.evaluate(work);
    const after = (await readProbes(page))[side];
    return Object.fromEntries(Object.keys(ROWS).map((key) => [key, after[key] - before[key]]));
  };
  const once = async (kind) => {
    const short = await during("ours", `ours.${kind}(${SHORT})`);
    const long = await during("ours", `ours.${kind}(${LONG})`);
    return Object.fromEntries(Object.keys(ROWS).map((key) => [key, (long[key] - short[key]) / (LONG - SHORT)]));
  };
  // Which buffer is free when depends on when the device answers: now and then a run makes one more than the other.
  const aStep = async (kind) => {
    const found = [await once(kind), await once(kind), await once(kind)];
    return Object.fromEntries(Object.keys(ROWS).map((key) => [key, median(found.map((counts) => counts[key]))]));
  };
  const watched = await aStep("watched");
  const unwatched = await aStep("run");
  const theirs = await during("theirs", "theirs.predict(x).then(() => undefined)");
  return { watched, unwatched, theirs, difference: await page.evaluate(() => difference) };
}
