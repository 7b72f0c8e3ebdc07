// Times both engines on the same images, in turn.
import { differenceOf, imagesOf, openPeer, openUnnoise } from "./engines.js";

/**
 * Milliseconds of each round: our prediction, a step of our run (the mean of a run of `steps`), their prediction; and how far the two
 * predictions lie apart.
 */
export async function compare(o) {
  const { rounds, warmUp, steps } = o;
  const [ours, theirs, x] = await Promise.all([openUnnoise(o), openPeer(o), imagesOf(o)]);
  const found = { predict: [], step: [], theirs: [] };
  let difference;
  for (let round = -warmUp; round < rounds; round++) {
    const [predict, prediction] = await timed(() => ours.predict(x));
    const [peer, expected] = await timed(() => theirs.predict(x));
    const [run] = await timed(() => ours.run(steps));
    difference = differenceOf(prediction, expected);
    if (round < 0) continue;
    found.predict.push(predict);
    found.theirs.push(peer);
    found.step.push(run / steps);
  }
  ours.close();
  theirs.close();
  return { ...found, difference };
}

async function timed(work) {
  const begun = performance.now();
  const result = await work();
  return [performance.now() - begun, result];
}
