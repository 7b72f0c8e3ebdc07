// Times both engines on the same images, in turn.
import { differenceOf, imagesOf, openPeer, openUnnoise } from "./engines.js";

/**
 * Milliseconds of each round: a single prediction of ours and one of theirs, a step of our run of `steps`, and a prediction of theirs
 * among as many one after the other, as a run asks for them; and how far the two predictions lie apart.
 */
export async function compare(o) {
  const { rounds, warmUp, steps } = o;
  const [ours, theirs, x] = await Promise.all([openUnnoise(o), openPeer(o), imagesOf(o)]);
  const found = { predict: [], theirs: [], step: [], theirStep: [] };
  let difference;
  for (let round = -warmUp; round < rounds; round++) {
    // Each one's single prediction comes after the other's work.
    const [predict, prediction] = await timed(() => ours.predict(x));
    const [run] = await timed(() => ours.run(steps));
    const [peer, expected] = await timed(() => theirs.predict(x));
    const [theirRun] = await timed(() => inARow(steps, () => theirs.predict(x)));
    difference = differenceOf(prediction, expected);
    if (round < 0) continue;
    found.predict.push(predict);
    found.theirs.push(peer);
    found.step.push(run / steps);
    found.theirStep.push(theirRun / steps);
  }
  ours.close();
  theirs.close();
  return { ...found, difference };
}

async function inARow(times, work) {
  for (let i = 0; i < times; i++) await work();
}

async function timed(work) {
  const begun = performance.now();
  const result = await work();
  return [performance.now() - begun, result];
}
