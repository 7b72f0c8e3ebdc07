// From navigation to the first picture, cold and warm, with both engines in turn.
import { median, ratio, spread } from "./table.mjs";
import { ENGINES, visitOf } from "./visits.mjs";

/** Two rows for a module: the first visit of a new profile, and a later one whose caches are full. */
export async function startsOf(rig, network, backend, rounds) {
  const { graph } = network.of(1);
  const found = Object.fromEntries(ENGINES.map((engine) => [engine, []]));
  for (let round = 0; round < rounds; round++) {
    for (const engine of ENGINES) found[engine].push(await visitOf(rig, engine, backend, graph));
  }
  return ["cold", "warm"].map((kind) => {
    const [ours, theirs] = ENGINES.map((engine) => found[engine].map((visit) => visit[kind]));
    return {
      module: backend,
      visit: kind,
      rounds,
      "unnoise, ms": spread(ours),
      "onnxruntime-web, ms": spread(theirs),
      ratio: ratio(median(ours), median(theirs)),
    };
  });
}
