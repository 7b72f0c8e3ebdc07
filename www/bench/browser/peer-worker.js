// onnxruntime-web in a worker, as unnoise is in one: it opens a session, and runs it on what is sent.
import "/bench/browser/maybe-probe.js";

const FILES = { cpu: ["ort.wasm.min.mjs", "wasm"], webgpu: ["ort.webgpu.min.mjs", "webgpu"] };
let ort;
let session;

const calls = {
  async open({ backend, graph }) {
    const [file, provider] = FILES[backend];
    ort = await import(`/ort/${file}`);
    ort.env.wasm.wasmPaths = "/ort/";
    session = await ort.InferenceSession.create(graph, { executionProviders: [provider] });
  },
  async run({ x, shape, t, label }) {
    const [batch] = shape;
    const timestep = new ort.Tensor("float32", new Float32Array(batch).fill(t), [batch]);
    const feeds = { sample: new ort.Tensor("float32", x, shape), timestep };
    if (label !== undefined)
      feeds.labels = new ort.Tensor("int64", new BigInt64Array(batch).fill(BigInt(label)), [batch]);
    return (await session.run(feeds)).prediction.data;
  },
};

addEventListener("message", async ({ data: { call, o } }) => {
  try {
    const result = await calls[call](o);
    postMessage({ result }, result ? [result.buffer] : []);
  } catch (error) {
    postMessage({ failure: String(error?.message ?? error) });
  }
});
