// Memory is asked for before it is taken: what does not fit is refused with the figure, and what is loaded stays loaded.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { tinyConfig, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** A page with the tiny model, on a CPU module whose glue has this code after it. */
async function pageWith(code = "") {
  site.patch("/pkg/cpu/unnoise.js", { after: code });
  const page = await blankPage(browser, site);
  await page.evaluate(async () => {
    globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
    globalThis.model = await diffuser.load("/tiny/");
  });
  return page;
}

const stillAnswers = (page) => page.evaluate(async () => (await model.sample({ steps: 2 }).result()).x.length);

/** One level of 64 channels, 16 layers, 1024 x 1024 pixels: every field within its own range. */
const VAST = {
  block_out_channels: [64],
  down_block_types: ["DownBlock2D"],
  up_block_types: ["UpBlock2D"],
  mid_block_type: null,
  layers_per_block: 16,
  sample_size: 1024,
};

test("a network that no module holds is refused with the figures, before its weights are looked at", async () => {
  site.putModel("/vast/", { config: VAST });
  site.putModel("/wide/", {
    config: { ...tinyConfig, num_class_embeds: 1_000_000, block_out_channels: [2048, 4096] },
    labels: null,
  });
  const page = await pageWith();
  const [vast, wide, memory] = await page.evaluate(async () => [
    await failure(() => diffuser.load("/vast/")),
    await failure(() => diffuser.load("/wide/")),
    await diffuser.memory(),
  ]);
  assert.equal(vast.code, "too-large");
  assert.match(
    vast.message,
    /^the network of config\.json needs 6\.8 GB of memory, 52\.1 MB for its weights and 6\.7 GB for an image on its way; at most 3\.5 GB are allowed$/,
  );
  assert.equal(wide.code, "too-large");
  // diffusers counts the same weights, 44.2 GB. The largest tensor, that of the classes, is there twice for a moment.
  assert.match(wide.message, /needs 76\.9 GB of memory, 44\.2 GB for its weights/);
  assert.ok(memory < 2 ** 26, `${memory} bytes`);
  assert.equal(await stillAnswers(page), 64);
});

test("what cannot be loaded is refused while its weights are on their way, and they come no further", async () => {
  site.putModel("/vast/", { config: VAST });
  site.putModel("/blocks/", { config: { down_block_types: ["DownBlock2D", "Mine"] } });
  const page = await pageWith();
  const found = await page.evaluate(async () => {
    const refused = async (folder) => {
      let ended = false;
      const endless = (signal) =>
        new ReadableStream({
          start: (controller) =>
            signal.addEventListener("abort", () => {
              ended = true;
              controller.error(signal.reason);
            }),
          pull: (controller) =>
            new Promise((resolve) => setTimeout(resolve, 10)).then(
              () => ended || controller.enqueue(new Uint8Array(1000)),
            ),
        });
      const headers = { "content-length": "500000000" };
      const answer = (address, request) =>
        address.href.endsWith(".safetensors")
          ? new Response(endless(request.signal), { headers })
          : fetch(address, request);
      const { code, message } = await failure(() => diffuser.load(folder, { fetch: answer }));
      return { code, message, ended };
    };
    return [await refused("/vast/"), await refused("/blocks/")];
  });
  assert.deepEqual(
    found.map(({ code, ended }) => [code, ended]),
    [
      ["too-large", true],
      ["config-unsupported", true],
    ],
  );
  assert.match(found[0].message, /needs 6\.8 GB of memory, 52\.1 MB for its weights/);
  assert.equal(await stillAnswers(page), 64);
});

test("a file of weights is never in the module's memory beside the network that is made of it", async () => {
  // One level of 2x2 pixels, whose convolutions are held as they are: about as many bytes as the file has.
  const [down_block_types, up_block_types] = [["DownBlock2D"], ["UpBlock2D"]];
  const blocks = { block_out_channels: [256], down_block_types, up_block_types, add_attention: false };
  const config = { ...tinyConfig, ...blocks, sample_size: 2 };
  const weights = tinyWeights(undefined, config);
  site.putModel("/plain/", { config, weights });
  const page = await pageWith();
  const grown = await page.evaluate(async () => {
    const before = await diffuser.memory();
    globalThis.model = await diffuser.load("/plain/");
    return (await diffuser.memory()) - before;
  });
  assert.ok(weights.byteLength > 20e6 && grown < 1.5 * weights.byteLength, `${grown} of ${weights.byteLength} bytes`);
  assert.equal(await stillAnswers(page), 4);
});

/** Takes nearly all of the module's memory once a network is there: asked of the allocator, and never written to. */
const FULL = `
  const load = Engine.prototype.load;
  let first = true;
  Engine.prototype.load = function (files) {
    const network = load.call(this, files);
    for (let size = 2 ** 30; first && size >= 2 ** 24; size /= 2) {
      try { for (;;) wasm.__wbindgen_malloc(size, 8); } catch {}
    }
    first = false;
    return network;
  };`;

test("where memory runs out, a load, a batch and noise are refused, and the model goes on", async () => {
  const large = { ...tinyConfig, block_out_channels: [64, 128], sample_size: 256, attention_head_dim: 8 };
  site.put("/weights", { type: "application/octet-stream", body: tinyWeights(undefined, tinyConfig) });
  const page = await pageWith(FULL);
  const failures = await page.evaluate(async (config) => {
    const weights = await (await fetch("/weights")).arrayBuffer();
    const shape = [1, 1, 2048, 4096];
    const { scheduler } = model.info;
    return {
      load: await failure(() =>
        diffuser.load({
          config: {
            ...config,
            down_block_types: ["DownBlock2D", "DownBlock2D"],
            up_block_types: ["UpBlock2D", "UpBlock2D"],
            add_attention: false,
          },
          weights,
        }),
      ),
      run: await failure(() => diffuser.sample({ denoiser: (x) => x, shape, scheduler, steps: 1 }).result()),
      noise: await failure(() => unnoise.noise(1, shape)),
      predict: await failure(() => model.predict(new Float32Array(64 * 4096 * 32), 5)),
    };
  }, large);
  for (const [what, { code, message }] of Object.entries(failures)) {
    assert.equal(code, "out-of-memory", `${what}: ${message}`);
    assert.match(message, /needs [\d.]+ MB of memory, and less than that is left$/);
  }
  assert.equal(await stillAnswers(page), 64);
});

const isLinux = process.platform === "linux";

test("a browser has large weights once, and less of them the more of the network there is", {
  skip: !isLinux,
}, async () => {
  const [down_block_types, up_block_types] = [["DownBlock2D"], ["UpBlock2D"]];
  const blocks = {
    block_out_channels: [256],
    layers_per_block: 6,
    down_block_types,
    up_block_types,
    add_attention: false,
  };
  const config = { ...tinyConfig, ...blocks, sample_size: 2 };
  const weights = tinyWeights(undefined, config);
  site.putModel("/large/", { config, weights });
  const page = await pageWith();
  const session = await browser.newBrowserCDPSession();
  const pss = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const renderers = processInfo.filter(({ type }) => type === "renderer");
    const texts = await Promise.all(
      renderers.map(({ id }) => readFile(`/proc/${id}/smaps_rollup`, "utf8").catch(() => "")),
    );
    return 1024 * Math.max(...texts.map((text) => Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)));
  };
  const before = await pss();
  let [most, isLoading] = [0, true];
  const loading = page.evaluate(async () => {
    globalThis.model = await diffuser.load("/large/");
    return model.info.hash;
  });
  const ended = loading.finally(() => {
    isLoading = false;
  });
  while (isLoading) most = Math.max(most, await pss());
  assert.equal(await ended, createHash("sha256").update(weights).digest("hex"));
  const grown = most - before;
  assert.ok(weights.byteLength > 100e6 && grown < 1.6 * weights.byteLength, `${grown} of ${weights.byteLength} bytes`);
  assert.equal(await stillAnswers(page), 4);
});

test("floats beyond all bounds are refused by their count", async () => {
  const page = await pageWith();
  const { code, message } = await page.evaluate(() => failure(() => model.predict(new Float32Array(2 ** 26 + 64), 5)));
  assert.equal(code, "invalid-x");
  assert.equal(message, "`x` is 67108928 numbers long; it must be at most 67108864 numbers");
  assert.equal(await stillAnswers(page), 64);
});
