// Both engines behind the same few calls. `o`: folder, graph, batch, shape (C, H, W), label, backend, "cpu" or "webgpu", and
// byBurn, whether our side is the burn module.

/** Timestep of every prediction that is compared. */
const T = 500;

/** unnoise: `predict(x)`, `run(steps)` to its picture, `watched(steps)` with every step's picture, `close()`. */
export async function openUnnoise({ backend, byBurn, folder, batch, label }) {
  const diffuser = await globalThis.unnoise.Diffuser.create(
    byBurn ? { backend: "burn", device: backend } : { backend },
  );
  const model = await diffuser.load(folder);
  const labels = label === undefined ? undefined : new Array(batch).fill(label);
  const sample = (steps) => model.sample({ sampler: "ddim", steps, seed: 7, batch, ...(labels && { labels }) });
  return {
    predict: (x) => model.predict(x, T, labels),
    run: (steps) => sample(steps).result(),
    async watched(steps) {
      for await (const step of sample(steps)) for (let image = 0; image < batch; image++) step.rgba("x0", image);
    },
    close: () => diffuser.dispose(),
  };
}

/** onnxruntime-web in its worker: `predict(x)`, `close()`. */
export async function openPeer({ backend, graph, batch, shape, label }) {
  const worker = new Worker("/bench/browser/peer-worker.js", { type: "module" });
  const ask = (call, o) =>
    new Promise((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(`the peer's worker failed: ${message}`));
      worker.onmessage = ({ data }) => (data.failure ? reject(new Error(data.failure)) : resolve(data.result));
      worker.postMessage({ call, o });
    });
  await ask("open", { backend, graph: new URL(graph, location.href).href });
  return {
    predict: (x) => ask("run", { x, shape: [batch, ...shape], t: T, label }),
    close: () => worker.terminate(),
  };
}

/** The images that both predict from. */
export function imagesOf({ batch, shape }) {
  return globalThis.unnoise.noise(1, [batch, ...shape]);
}

/** How far the first list lies from the second: the relative L2 norm. */
export function differenceOf(ours, theirs) {
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  if (ours.length !== theirs.length) throw new Error(`${ours.length} numbers beside ${theirs.length}`);
  return norm(ours.map((value, i) => value - theirs[i])) / norm(theirs);
}
