// Without a browser: the imports are harmless, and in Node.js the library computes on the CPU, from files.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { serve } from "../serve.mjs";
import { decodePng } from "./png.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const pkg = new URL("../../pkg/", import.meta.url);
const models = new URL("../../models/", import.meta.url);
const { Diffuser, noise, slerp, UnnoiseError } = await import(new URL("index.js", pkg));

let folder;
let diffuser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "unnoise-node-"));
  const files = {
    "unet/config.json": JSON.stringify(tinyConfig),
    "unet/diffusion_pytorch_model.safetensors": tinyWeights(),
    "scheduler/scheduler_config.json": JSON.stringify(tinyScheduler),
  };
  for (const name of ["unet", "scheduler"]) await mkdir(join(folder, name));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  diffuser = await Diffuser.create({ workers: 2 });
});
after(() => diffuser.dispose());
after(() => rm(folder, { recursive: true }));

const failure = (call) =>
  call().then(
    () => assert.fail("nothing was thrown"),
    (error) => {
      assert.ok(error instanceof UnnoiseError, String(error.stack));
      return error;
    },
  );

/** What a program says that runs by itself. */
const program = async (code, { cwd = folder, flags = [] } = {}) => {
  const script = ["--input-type=module", ...flags, "--eval", code];
  return (await promisify(execFile)(process.execPath, script, { cwd, timeout: 60_000 })).stdout.trim();
};

test("both modules can be imported where there is no DOM", async () => {
  const element = await import(new URL("element.js", pkg));
  assert.equal(typeof globalThis.HTMLElement, "undefined");
  assert.deepEqual(element.DiffusionSampler.observedAttributes.slice(0, 3), ["model", "size", "backend"]);
});

test("the automatic choice is the CPU, and says why", () => {
  const { kind, reason, adapter, workers } = diffuser.backend;
  assert.deepEqual([kind, reason, workers], ["cpu", "no WebGPU here", 2]);
  assert.match(adapter, /SIMD128/);
});

test("noise and runs have the bits of the golden hashes", async () => {
  const golden = JSON.parse(await readFile(new URL("../../tests/golden/seed_contract.json", import.meta.url), "utf8"));
  const sha256 = (floats) => createHash("sha256").update(new Uint8Array(floats.buffer)).digest("hex");
  for (const { seed, shape, sha256: wanted } of golden.noise) assert.equal(sha256(await noise(seed, shape)), wanted);
  for (const { options, shape, sha256: wanted } of golden.runs) {
    const denoiser = (x) => x.map((value) => value / 2);
    const { x } = await diffuser.sample({ ...options, denoiser, shape, scheduler: {} }).result();
    assert.equal(sha256(x), wanted);
  }
  assert.deepEqual([...slerp(Float32Array.of(3, 4), Float32Array.of(-4, 3), 1)], [-4, 3]);
});

test("the bundled model draws the picture that diffusers draws", async () => {
  const model = await diffuser.load(new URL("fashion-mnist/", models));
  assert.equal(model.info.name, "fashion-mnist");
  const run = model.sample({ sampler: "vdm", steps: 6, seed: 4, rng: "torch", batch: 2, labels: [1] });
  const { images } = await run.result();
  const wanted = decodePng(await readFile(new URL("golden/unnoise-vdm-6-seed4.png", import.meta.url)));
  for (const [i, image] of images.entries()) {
    assert.deepEqual([image.width, image.height, image.colorSpace, image.data.length], [28, 28, "srgb", 4 * 28 * 28]);
    assert.ok(image.data instanceof Uint8ClampedArray);
    for (let at = 0; at < 28 * 28; at++) {
      const theirs = wanted.pixels[Math.floor(at / 28) * 56 + 28 * i + (at % 28)];
      assert.ok(Math.abs(image.data[4 * at] - theirs) <= 1, `image ${i}, pixel ${at}`);
      assert.equal(image.data[4 * at + 3], 255);
    }
  }
});

test("a batch over two workers has the bits of single images", async () => {
  const model = await diffuser.load(pathToFileURL(folder));
  const o = { steps: 3, seed: 5, labels: [1] };
  const { x } = await model.sample({ ...o, batch: 3 }).result();
  const { x: first } = await model.sample(o).result();
  assert.deepEqual(x.slice(0, 64), first);
  const steps = [];
  for await (const step of model.sample({ ...o, steps: 2 })) steps.push(step.rgba("xt").data.length);
  assert.deepEqual(steps, [256, 256]);
});

test("files in memory, and a folder on a server, give the same", async () => {
  const server = await serve({ folders: [["/", folder]] });
  try {
    const weights = tinyWeights();
    const files = { config: tinyConfig, scheduler: tinyScheduler, weights: new Blob([weights]) };
    const x = noise(1, [1, 1, 8, 8]);
    const predictions = [];
    for (const source of [`${server.origin}/`, files, { ...files, weights: new Uint8Array(weights).buffer }]) {
      predictions.push(await (await diffuser.load(source)).predict(await x, 300, [1]));
    }
    assert.deepEqual(predictions[1], predictions[0]);
    assert.deepEqual(predictions[2], predictions[0]);
  } finally {
    await server.close();
  }
});

test("what is not there is told by its name", async () => {
  const absent = await failure(() => diffuser.load("./not-there"));
  assert.equal(absent.code, "http-status");
  assert.match(absent.message, /^there is no file file:\/\/\S*\/not-there\/unet\/config\.json and no file /);
  const assets = await failure(() => Diffuser.create({ assets: "./not-there" }));
  assert.equal(assets.code, "module-failed");
  assert.match(assets.message, /not-there/);
  const webgpu = await failure(() => Diffuser.create({ backend: "webgpu" }));
  assert.equal(webgpu.code, "webgpu-unavailable");
});

test("an optimal trajectory that would take minutes is refused with the figure", async () => {
  const meanSqEps = Array.from({ length: 20_001 }, (_, n) => n / 20_001);
  const o = { scheduler: { num_train_timesteps: 20_000 }, meanSqEps, trajectory: "optimal", steps: 50 };
  const { code, message } = await failure(() => diffuser.plan(o));
  assert.equal(code, "invalid-trajectory");
  assert.match(message, /"optimal" for 50 of 20000 timesteps, 1\.3e10 comparisons; .*at most 4\.3e9 comparisons$/);
});

/** A worker that answers with what a thread of a smaller stack, as the program's own is, cannot read. */
const UNREADABLE = `
  import { parentPort } from "node:worker_threads";
  parentPort.postMessage("ready");
  parentPort.on("message", () => {
    for (const depth of [4000, 6000, 8000, 10_000]) {
      let value = 1;
      for (let i = 0; i < depth; i++) value = [value];
      try { parentPort.postMessage(value); } catch {}
    }
  });`;

test("an answer that the program cannot read rejects what is pending", async () => {
  const assets = join(folder, "unreadable");
  await cp(new URL("cpu", pkg), join(assets, "cpu"), { recursive: true });
  await writeFile(join(assets, "worker.js"), UNREADABLE);
  await writeFile(join(assets, "package.json"), '{ "type": "module" }');
  assert.equal((await failure(() => Diffuser.create({ assets, startTimeout: 10_000 }))).code, "not-sent");
});

test("an address is relative to the working folder, and `assets` may name the files", async () => {
  const said = await program(`
    import { Diffuser } from ${JSON.stringify(new URL("index.js", pkg).href)};
    const diffuser = await Diffuser.create({ assets: ${JSON.stringify(fileURLToPath(pkg))} });
    const model = await diffuser.load("./");
    console.log((await model.sample({ steps: 2, seed: 1, labels: [1] }).result()).x.length);
  `);
  // It ends by itself too, without a dispose().
  assert.equal(said, "64");
});

test("a program that only drew noise ends at once", async () => {
  // The timer that ends the idle worker never rings here: a program that waited for either would not end at all.
  const said = await program(`
    const inTime = setTimeout;
    globalThis.setTimeout = (call, ms, ...given) => inTime(call, ms > 5000 ? 2 ** 31 - 1 : ms, ...given);
    const { noise } = await import(${JSON.stringify(new URL("index.js", pkg).href)});
    console.log((await noise(0, [1, 1, 1, 1], "torch"))[0].toFixed(4));
  `);
  assert.equal(said, "1.5410");
});

test("the package is found by its name, as it is installed", async () => {
  const own = join(folder, "project");
  await cp(pkg, join(own, "node_modules/unnoise"), { recursive: true, filter: (from) => !/webgpu|models/.test(from) });
  const said = await program(
    `import "unnoise/element"; import { Diffuser } from "unnoise"; console.log((await Diffuser.create()).backend.kind);`,
    { cwd: own },
  );
  assert.equal(said, "cpu");
});
