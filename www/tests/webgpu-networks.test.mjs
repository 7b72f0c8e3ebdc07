// The kernels of the WebGPU module, through networks of every kind: those that diffusers has answered, which the CPU module as the
// browser takes it is asked too, and random ones of odd shapes beside the CPU module, whose operations are tested against plain burn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, blankPage, poseAsHardware, setUp } from "./helpers.mjs";
import { tinyConfig, tinyWeights } from "./tiny-model.mjs";

/** The project's promise for WebGPU, relative L2; all sums are in f32, so that far less is to be seen. */
const PROMISED = 1e-3;
const TOLERANCE = 2e-5;

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.gpu = await unnoise.Diffuser.create({ backend: "webgpu" });
  globalThis.cpu = await unnoise.Diffuser.create({ backend: "cpu" });
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  globalThis.relative = (found, expected) => norm(found.map((value, i) => value - expected[i])) / norm(expected);
});

test("every variant of the configuration predicts what it predicts in diffusers", async () => {
  const { cases, floats } = await answered("unet_variants");
  const wrong = [];
  let compared = 0;
  for (const { name, timesteps, labels, class_vectors, x, output } of cases) {
    // Vectors in the place of labels are refused, and so are networks whose output has other channels than their input.
    if (class_vectors || x.shape[1] !== output.shape[1]) continue;
    await site.putVariant(name);
    const found = await page.evaluate(
      async ([name, x, timesteps, labels, expected]) => {
        const far = async (diffuser) => {
          const model = await diffuser.load(`/${name}/`);
          return relative([...(await model.predict(Float32Array.from(x), timesteps, labels))], expected);
        };
        return { gpu: await far(gpu), cpu: await far(cpu) };
      },
      [name, floats(x), timesteps, labels ?? undefined, floats(output)],
    );
    compared += 1;
    if (!(found.gpu < TOLERANCE && found.cpu < TOLERANCE)) wrong.push(`${name}: ${found.gpu}, ${found.cpu} on the CPU`);
  }
  assert.ok(compared > 30, `${compared} were compared`);
  assert.deepEqual(wrong, []);
});

test("the bundled network predicts what it predicts in diffusers", async () => {
  const { cases, floats } = await answered("unet");
  for (const { timesteps, labels, x, output } of cases) {
    const found = await page.evaluate(
      async ([x, timesteps, labels, expected]) => {
        const far = async (diffuser) => {
          const model = await diffuser.load("/models/fashion-mnist/");
          return relative([...(await model.predict(Float32Array.from(x), timesteps, labels))], expected);
        };
        return { gpu: await far(gpu), cpu: await far(cpu) };
      },
      [floats(x), timesteps, labels, floats(output)],
    );
    assert.ok(found.cpu < 2e-6 && found.gpu < 2e-6, `${timesteps}: ${found.cpu} on the CPU, ${found.gpu} on the GPU`);
  }
});

test("on hardware the work of few pixels is divided, and the bundled network predicts the same", async () => {
  const { cases, floats } = await answered("unet");
  const [{ timesteps, labels, x, output }] = cases;
  const listening = () => {
    const create = GPUDevice.prototype.createComputePipeline;
    globalThis.made = [];
    GPUDevice.prototype.createComputePipeline = function (descriptor) {
      globalThis.made.push(descriptor.label);
      return create.call(this, descriptor);
    };
  };
  site.patch("/pkg/worker.js", { before: `(${poseAsHardware})(); (${listening})();` });
  const other = await blankPage(browser, site);
  const found = await other.evaluate(
    async ([x, timesteps, labels]) => {
      const model = await (await unnoise.Diffuser.create({ backend: "webgpu" })).load("/models/fashion-mnist/");
      return [...(await model.predict(Float32Array.from(x), timesteps, labels))];
    },
    [floats(x), timesteps, labels],
  );
  site.drop("/pkg/worker.js");
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const expected = floats(output);
  const far = norm(found.map((value, i) => value - expected[i])) / norm(expected);
  assert.ok(far < 2e-6, `${far}`);
  const made = await other.workers()[0].evaluate(() => globalThis.made);
  // The last constant of a convolution says whether it is divided: src/kernels/gpu/kernel.rs.
  const divided = made.filter((label) => /^Conv .*, 1\]$/.test(label));
  assert.ok(divided.length > 5, `${divided.length} of ${made.length} pipelines are divided`);
  assert.ok(made.length <= 40, `${made.length} pipelines`);
});

test("random networks of odd shapes predict as on the CPU", async () => {
  const random = sequence(7);
  const integer = (least, most) => least + (random() % (most - least + 1));
  const wrong = [];
  for (let i = 0; i < 24; i++) {
    const groups = integer(1, 5);
    const levels = integer(1, 3);
    const kinds = (names) => Array.from({ length: levels }, () => names[integer(0, 1)]);
    const widths = Array.from({ length: levels }, () => groups * integer(1, 4));
    // Half of the first level's channels are sines.
    widths[0] = groups * 2 * integer(1, 3);
    const config = {
      ...tinyConfig,
      block_out_channels: widths,
      down_block_types: kinds(["DownBlock2D", "AttnDownBlock2D"]),
      up_block_types: kinds(["UpBlock2D", "AttnUpBlock2D"]),
      norm_num_groups: groups,
      layers_per_block: integer(1, 2),
      act_fn: ["silu", "mish", "gelu", "relu"][integer(0, 3)],
      in_channels: integer(1, 5),
      sample_size: 4 * integer(1, 4),
      center_input_sample: integer(0, 1) === 1,
      downsample_padding: integer(0, 1),
      mid_block_scale_factor: [1, 1.5][integer(0, 1)],
      freq_shift: 0,
      num_class_embeds: null,
    };
    config.out_channels = config.in_channels;
    site.putModel("/random/", { config, weights: tinyWeights(undefined, config), labels: null });
    const found = await page.evaluate(
      async (batch) => {
        const [a, b] = [await gpu.load("/random/"), await cpu.load("/random/")];
        const x = await unnoise.noise(3, [batch, ...a.info.shape]);
        const t = Array.from({ length: batch }, (_, i) => 100 + 300 * i);
        return relative([...(await a.predict(x, t))], [...(await b.predict(x, t))]);
      },
      integer(1, 3),
    );
    if (!(found < TOLERANCE)) wrong.push(`${found}: ${JSON.stringify(config)}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(TOLERANCE < PROMISED);
});

test("groups of so many numbers that more threads share them are normalised as on the CPU", async () => {
  const config = {
    ...tinyConfig,
    sample_size: 72,
    block_out_channels: [8],
    down_block_types: ["DownBlock2D"],
    up_block_types: ["UpBlock2D"],
    add_attention: false,
    norm_num_groups: 1,
    num_class_embeds: null,
  };
  site.putModel("/large/", { config, weights: tinyWeights(undefined, config), labels: null });
  const found = await page.evaluate(async () => {
    const [a, b] = [await gpu.load("/large/"), await cpu.load("/large/")];
    const x = await unnoise.noise(3, [1, ...a.info.shape]);
    return relative([...(await a.predict(x, 400))], [...(await b.predict(x, 400))]);
  });
  assert.ok(found < TOLERANCE, `${found}`);
});

test("the sampler's step on the GPU is the CPU's, for every clipping, with noise and with guidance", async () => {
  site.putModel("/centred/", { config: { center_input_sample: true } });
  const worst = await page.evaluate(async () => {
    const models = [await gpu.load("/centred/"), await cpu.load("/centred/")];
    const apart = [];
    for (const clip of ["none", "x0", "x0-eps"]) {
      for (const more of [{ sampler: "ddpm" }, { sampler: "ddim", guidance: 1.5 }, { sampler: "vdm", guidance: 0.5 }]) {
        const o = { ...more, clip, steps: 3, seed: 2, batch: 3, labels: [0, 1, 1] };
        const steps = [];
        for (const model of models) {
          const seen = [];
          for await (const step of model.sample(o)) seen.push(...(await step.x0()), ...(await step.xt()));
          steps.push(seen);
        }
        const { x } = await models[0].sample(o).result();
        const unseen = relative([...x], steps[0].slice(-x.length));
        apart.push([relative(...steps), unseen, JSON.stringify(o)]);
      }
    }
    return apart.toSorted((a, b) => Math.max(b[0], b[1]) - Math.max(a[0], a[1]))[0];
  });
  assert.ok(worst[0] < 1e-4 && worst[1] === 0, `${worst}`);
});

/** Numbers from 0 to 2^24, each from the one before (a linear congruence; the high bits). */
function sequence(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}
