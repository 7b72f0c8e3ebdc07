// Large weights: layers are made of them while they arrive, and what is wrong with them is told then.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { blankPage, setUp } from "./helpers.mjs";
import { breaksOff, etagOf, fallsSilent, HubServer, serveFile } from "./hub-server.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
const hub = await HubServer.start();
after(() => hub.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

// One level of 2x2 pixels: 26 MB.
const config = {
  ...tinyConfig,
  block_out_channels: [256],
  down_block_types: ["DownBlock2D"],
  up_block_types: ["UpBlock2D"],
  add_attention: false,
  sample_size: 2,
};
const whole = tinyWeights(undefined, config);
const HASH = etagOf(whole).slice(1, -1);
const FILE = "unet/diffusion_pytorch_model.safetensors";
/** What `failure` says where there is none. */
const NONE = "nothing was thrown";
/** Where a piece ends: the worker has all that has come by then. */
const SOME = 4 * 2 ** 22;

/** Puts the model into a folder, and has its weights answered by these one after the other. */
function put(folder, { weights = whole, of = config, quirks = [] } = {}) {
  hub.put(`${folder}unet/config.json`, JSON.stringify(of));
  hub.put(`${folder}scheduler/scheduler_config.json`, JSON.stringify(tinyScheduler));
  hub.put(folder + FILE, weights);
  hub.next(folder + FILE, ...quirks);
  return hub.origin + folder;
}

/** A page with the tiny model, and functions that load another one and tell the server how much has come. */
async function pageWith(options = { backend: "cpu" }) {
  const page = await blankPage(browser, site);
  await page.evaluate(async (options) => {
    globalThis.diffuser = await unnoise.Diffuser.create(options);
    globalThis.model = await diffuser.load("/tiny/");
    globalThis.loading = (source, more = {}) => {
      const { origin, pathname } = new URL(source);
      const onProgress = ({ file, loaded }) => {
        globalThis.arrived = loaded;
        if (file.endsWith(".safetensors")) fetch(`${origin}/received?path=${pathname}${file}&count=${loaded}`);
      };
      return diffuser.load(source, { onProgress, ...more });
    };
  }, options);
  return page;
}

const load = (page, source) =>
  page.evaluate((source) => failure(async () => (await loading(source)).dispose()), source);
const stillAnswers = (page) => page.evaluate(async () => (await model.sample({ steps: 2 }).result()).x.length);

/** The file with this number in place of the first one of a residual block. */
function withNumber(number) {
  const header = Number(whole.readBigUInt64LE(0));
  const tensors = JSON.parse(whole.subarray(8, 8 + header).toString());
  const changed = Buffer.from(whole);
  changed.writeFloatLE(number, 8 + header + tensors["down_blocks.0.resnets.0.conv1.weight"].data_offsets[0]);
  return changed;
}

test("a network is the same, bit for bit, whether its weights arrive, are a file or are in memory", async () => {
  const source = put("/same/");
  const page = await pageWith();
  const found = await page.evaluate(
    async ([source, file, config]) => {
      const weights = await (await fetch(source + file)).arrayBuffer();
      const models = [];
      for (const from of [source, { config, weights: new Blob([weights]) }, { config, weights }]) {
        models.push(await diffuser.load(from));
      }
      const outputs = await Promise.all(models.map((model) => model.predict(new Float32Array([1, 2, 3, 4]), 500, [1])));
      return models.map(({ info }, i) => [info.hash, [...outputs[i]], weights.byteLength]);
    },
    [source, FILE, config],
  );
  assert.equal(found[0][0], HASH);
  assert.deepEqual(found[1], found[0]);
  assert.deepEqual(found[2], found[0]);
  assert.equal(found[0][2], whole.length, "the caller's memory stays the caller's");
});

test("every module makes it as the weights arrive, and they agree", async () => {
  const source = put("/modules/");
  const outputs = [];
  for (const options of [{ backend: "cpu" }, { backend: "webgpu" }, { backend: "burn", device: "cpu" }]) {
    const page = await pageWith(options);
    const x = await page.evaluate(async (source) => {
      const model = await diffuser.load(source);
      return [...(await model.predict(new Float32Array([1, 2, 3, 4]), 500, [1]))];
    }, source);
    outputs.push(x);
    await page.context().close();
  }
  const [cpu, ...others] = outputs;
  for (const other of others) {
    for (const [i, value] of other.entries())
      assert.ok(Math.abs(value - cpu[i]) < 1e-3 * Math.hypot(...cpu), `${other} and ${cpu}`);
  }
});

test("what is wrong with the tensors is told when the header is there, and a wrong number when its block is", async () => {
  const page = await pageWith();
  const deeper = { ...config, layers_per_block: 2 };
  // The rest never comes.
  const silent = fallsSilent(SOME);
  for (const [folder, more, code] of [
    ["/deeper/", { of: deeper }, "config-mismatch"],
    ["/nan/", { weights: withNumber(Number.NaN) }, "weights-not-finite"],
    ["/web/", { weights: Buffer.alloc(whole.length, "<html>") }, "weights-magic"],
  ]) {
    const failed = await load(page, put(folder, { ...more, quirks: [silent] }));
    assert.equal(failed.code, code, failed.message);
    assert.equal(await stillAnswers(page), 64);
  }
});

test("while weights arrive other calls are answered, and another model is loaded", async () => {
  const page = await pageWith();
  let goOn;
  const waits = (response, body) => {
    response.writeHead(200, { ETag: etagOf(body), "Content-Length": body.length });
    response.write(body.subarray(0, SOME));
    goOn = () => response.end(body.subarray(SOME));
  };
  const source = put("/waits/", { quirks: [waits] });
  const other = put("/other/");
  await page.evaluate((source) => {
    globalThis.slow = loading(source);
  }, source);
  await page.waitForFunction((some) => globalThis.arrived === some, SOME);
  assert.equal(await stillAnswers(page), 64);
  assert.equal(await page.evaluate(async (other) => (await diffuser.load(other)).info.hash, other), HASH);
  goOn();
  assert.equal(await page.evaluate(async () => (await slow).info.hash), HASH);
  assert.equal(
    await page.evaluate(async () => (await (await slow).sample({ steps: 2, labels: [1] }).result()).x.length),
    4,
  );
});

test("a load that is aborted or breaks off on its way leaves no memory behind", async () => {
  const page = await pageWith({ backend: "cpu", workers: 1 });
  const failures = [];
  let most;
  for (const round of [1, 2, 3, 4]) {
    const source = put(`/aborted-${round}/`, { quirks: [fallsSilent(SOME)] });
    const failed = await page.evaluate(
      async ([source, some]) => {
        const given = new AbortController();
        globalThis.arrived = 0;
        const ending = failure(() => loading(source, { signal: given.signal }));
        while (globalThis.arrived < some) await new Promise((resolve) => setTimeout(resolve, 10));
        given.abort(Object.assign(new Error("enough"), { code: "enough" }));
        return { ...(await ending), memory: await diffuser.memory() };
      },
      [source, SOME],
    );
    failures.push(failed.code);
    most ??= failed.memory;
    assert.ok(failed.memory <= most, `${failed.memory} bytes in round ${round}, ${most} in the first`);
  }
  assert.deepEqual(failures, Array(4).fill("enough"));
  assert.equal(await stillAnswers(page), 64);
});

test("the memory that a network on its way will take is promised: another one is refused until it is given up", async () => {
  // 3.2 GB for an image on its way; a module has 4 GiB.
  const vast = { ...config, num_class_embeds: 3, block_out_channels: [64], sample_size: 1024, layers_per_block: 3 };
  const silent = (response) => response.writeHead(200, { ETag: '"vast"', "Content-Length": 1e8 }).flushHeaders();
  const [first, second, third] = ["/vast-1/", "/vast-2/", "/vast-3/"].map((folder) =>
    put(folder, { of: vast, quirks: [silent] }),
  );
  const page = await pageWith({ backend: "cpu", workers: 1 });
  const codes = await page.evaluate(
    async ([first, second, third]) => {
      // Whether a load has begun is not said: the one that is aborted later has, and the one that is refused has not.
      const begun = (source) => {
        const given = new AbortController();
        const ending = codeOf(() => diffuser.load(source, { signal: given.signal }));
        const aborting = () => given.abort(Object.assign(new Error("enough"), { code: "enough" }));
        return { ending, aborting };
      };
      const a = begun(first);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const refused = await begun(second).ending;
      a.aborting();
      const given = await a.ending;
      const c = begun(third);
      setTimeout(c.aborting, 1000);
      return [refused, given, await c.ending];
    },
    [first, second, third],
  );
  assert.deepEqual(codes, ["out-of-memory", "enough", "enough"]);
  assert.equal(await stillAnswers(page), 64);
});

test("a Diffuser that is disposed of while weights arrive ends the download", async () => {
  const page = await pageWith();
  const source = put("/disposed/", { quirks: [fallsSilent(SOME)] });
  const failed = await page.evaluate(
    async ([source, some]) => {
      globalThis.arrived = 0;
      const ending = failure(() => loading(source));
      while (globalThis.arrived < some) await new Promise((resolve) => setTimeout(resolve, 10));
      diffuser.dispose();
      return ending;
    },
    [source, SOME],
  );
  assert.equal(failed.code, "disposed");
});

test("where the connection breaks, layers that are made stay; another file in its place is an error", async () => {
  const page = await pageWith();
  const anew = (response, body) => serveFile({ headers: {} }, response, body);
  assert.equal((await load(page, put("/ranges/", { quirks: [breaksOff(SOME)] }))).code, NONE);
  assert.deepEqual(
    hub.asked(`/ranges/${FILE}`).map(({ range }) => range),
    [undefined, `bytes=${SOME}-`],
  );
  assert.equal((await load(page, put("/anew/", { quirks: [breaksOff(SOME), anew] }))).code, NONE);
  const other = put("/changed/", { quirks: [breaksOff(SOME, { ETag: '"older"' }), anew] });
  const failed = await load(page, other);
  assert.equal(failed.code, "download-mismatch");
  assert.match(failed.message, /the rest of the file was asked for, and what came was another file$/);
  assert.equal(await stillAnswers(page), 64);
});

test("a length that is that of what travels, or absent, tells nothing of the file", async () => {
  const page = await pageWith();
  const packed = gzipSync(whole, { level: 1 });
  assert.ok(packed.length > 2 ** 24, `${packed.length} bytes`);
  const compressed = (response) => {
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": packed.length }).end(packed);
  };
  const unknown = (response, body) => {
    response.writeHead(200);
    response.end(body);
  };
  for (const [folder, quirk] of [
    ["/packed/", compressed],
    ["/unknown/", unknown],
  ]) {
    const source = put(folder, { quirks: [quirk] });
    const hash = await page.evaluate(async (source) => (await loading(source)).info.hash, source);
    assert.equal(hash, HASH, folder);
  }
});
