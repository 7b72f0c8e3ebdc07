// Loading models: where they come from, and what is said of those that do not.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { blankPage, launch, setUp } from "./helpers.mjs";
import { safetensors, tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/tiny/");
});

const load = (source, target = page) =>
  target.evaluate(async (source) => {
    let info;
    const failed = await failure(async () => {
      info = (await diffuser.load(source)).info;
    });
    return info ?? failed;
  }, source);

const WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
const json = (content) => ({ type: "application/json", body: JSON.stringify(content) });
const html = { type: "text/html; charset=utf-8", body: "<!doctype html><title>my site</title>" };

test("a folder in diffusers' layout is loaded, with what is known of it", async () => {
  const info = await load("/tiny");
  assert.deepEqual(info, {
    name: "tiny",
    shape: [1, 8, 8],
    parameters: (tinyWeights().length - headerLength(tinyWeights())) / 4,
    labels: ["a", "b", "no class"],
    classes: 3,
    noClass: 2,
    scheduler: tinyScheduler,
    folder: `${site.origin}/tiny/`,
    warnings: [],
    hasAnalytic: false,
    hash: sha256(tinyWeights()),
  });
});

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

test("a page that is not secure has the hash of the weights too", async () => {
  // Only localhost is secure without TLS; this name leads to the same machine.
  const insecure = await launch({ flags: ["--host-resolver-rules=MAP not-secure.test 127.0.0.1"] });
  try {
    const origin = site.origin.replace(/\/\/[^:]+/, "//not-secure.test");
    const other = await blankPage(insecure, { origin });
    const hash = await other.evaluate(async () => {
      const diffuser = await unnoise.Diffuser.create();
      return [isSecureContext, (await diffuser.load("/tiny/")).info.hash, diffuser.backend.kind];
    });
    assert.deepEqual(hash, [false, createHash("sha256").update(tinyWeights()).digest("hex"), "cpu"]);
  } finally {
    await insecure.close();
  }
});

function headerLength(file) {
  return 8 + Number(file.readBigUInt64LE(0));
}

test("the bundled model is loaded and takes a step", async () => {
  const [info, x0] = await page.evaluate(async () => {
    const bundled = await diffuser.load("/models/fashion-mnist/");
    const { value: step } = await bundled
      .sample({ seed: 1, labels: [0] })
      [Symbol.asyncIterator]()
      .next();
    return [bundled.info, [...(await step.x0())]];
  });
  assert.deepEqual([info.name, info.shape, info.classes, info.noClass], ["fashion-mnist", [1, 28, 28], 11, 10]);
  assert.equal(info.labels.length, 11);
  assert.ok(x0.every((value) => Math.abs(value) <= 1));
});

test("a model_index.json that lists unnoise's own files keeps the others from being asked for", async () => {
  const optional = /\/(labels|analytic_dpm|defaults|vdm)\.json$/;
  site.putModel("/listed/", { defaults: { steps: 7 } });
  const asked = async (index) => {
    site.put("/listed/model_index.json", json({ _class_name: "DDPMPipeline", ...index }));
    const from = site.requests.length;
    const info = await load("/listed/");
    return [info, site.requests.slice(from).map(({ path }) => path.split("/").at(-1))];
  };
  const [info, files] = await asked({ _unnoise: "labels.json defaults.json" });
  assert.deepEqual([info.labels, info.defaults], [["a", "b", "no class"], { steps: 7 }]);
  assert.deepEqual(files.filter((name) => optional.test(`/${name}`)).sort(), ["defaults.json", "labels.json"]);
  const [none] = await asked({ _unnoise: "" });
  assert.deepEqual([none.labels, none.defaults], [undefined, undefined]);
  const [all, every] = await asked({});
  assert.deepEqual(all.defaults, { steps: 7 });
  assert.ok(every.includes("analytic_dpm.json"));
  site.put("/listed/model_index.json", json({ _class_name: "DDPMPipeline", _unnoise: 5 }));
  const refused = await page.evaluate(() => failure(() => diffuser.load("/listed/")));
  assert.equal(refused.code, "config-invalid");
  assert.match(refused.message, /^`_unnoise` in model_index\.json is 5; it must be names of files/);
});

test("the flat layout is loaded, and what may be absent may be absent", async () => {
  site.put("/flat/config.json", json(tinyConfig));
  site.put("/flat/diffusion_pytorch_model.fp16.safetensors", { type: "application/octet-stream", body: tinyWeights() });
  const info = await load(`${site.origin}/flat/`);
  assert.equal(info.name, "flat");
  assert.equal(info.labels, undefined);
  assert.equal(info.classes, 3);
  assert.equal(info.noClass, undefined);
});

test("a folder's address keeps its query", async () => {
  site.putModel("/signed/");
  const seen = [];
  const file = `/signed/${WEIGHTS}`;
  site.put(file, (url) => {
    seen.push(url.search);
    return { type: "application/octet-stream", body: tinyWeights() };
  });
  assert.equal((await load("/signed/?token=1")).name, "signed");
  assert.deepEqual(seen, ["?token=1"]);
});

test("files in memory are loaded, as a buffer that stays whole and as a blob", async () => {
  const seen = await page.evaluate(async (config) => {
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    const first = await diffuser.load({ config, weights });
    const second = await diffuser.load({ config, weights: new Blob([weights]), labels: ["x", "y", "z"] });
    return [
      first.info.name,
      weights.byteLength > 0,
      first.info.parameters === model.info.parameters,
      second.info.labels,
    ];
  }, tinyConfig);
  assert.deepEqual(seen, [undefined, true, true, ["x", "y", "z"]]);
});

test("the download is reported file by file", async () => {
  const last = await page.evaluate(async () => {
    const last = {};
    const onProgress = ({ file, loaded, total }) => {
      last[file] = [loaded, total];
    };
    await diffuser.load("/tiny/", { onProgress });
    return last;
  });
  const { length } = tinyWeights();
  assert.deepEqual(last[WEIGHTS], [length, length]);
  assert.deepEqual(Object.keys(last).sort(), [
    "labels.json",
    "scheduler/scheduler_config.json",
    "unet/config.json",
    WEIGHTS,
  ]);
});

test("a second visit transfers no byte of the weights or of the module", async () => {
  const context = await browser.newContext();
  const visit = async () => {
    const from = site.requests.length;
    const visited = await blankPage(browser, site, { context });
    await visited.evaluate(async () => {
      globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    });
    assert.equal((await load("/tiny/", visited)).name, "tiny");
    await visited.close();
    return site.bytes(/safetensors|wasm|\.js$/, from) - site.bytes(/fp16/, from);
  };
  assert.ok((await visit()) > 500_000);
  assert.equal(await visit(), 0);
  await context.close();
});

test("what is no model, is not there or does not answer is told apart", async () => {
  site.put("/page/unet/config.json", html);
  site.put("/page/config.json", html);
  site.putModel("/no-weights/");
  site.put(`/no-weights/${WEIGHTS}`, html);
  site.put("/no-weights/unet/diffusion_pytorch_model.fp16.safetensors", html);
  site.put("/failing/unet/config.json", { status: 503 });
  site.putModel("/no-json/");
  site.put("/no-json/unet/config.json", { type: "application/json", body: "{ no json" });

  assert.equal((await load("/page/")).code, "not-a-model");
  assert.equal((await load("/no-weights/")).code, "not-a-model");
  const absent = await load("/nowhere/");
  assert.equal(absent.code, "http-status");
  assert.match(absent.message, /404 for .*\/nowhere\/unet\/config\.json/);
  const failing = await load("/failing/");
  assert.equal(failing.code, "http-status");
  assert.match(failing.message, /503/);
  assert.equal((await load("http://127.0.0.1:9/")).code, "unreachable");
  const noJson = await load("/no-json/");
  assert.equal(noJson.code, "config-invalid");
  assert.match(noJson.message, /unet\/config\.json is not JSON/);
});

test("optional files that a server answers with a page are absent", async () => {
  site.putModel("/spa/");
  site.put("/spa/labels.json", html);
  site.put("/spa/analytic_dpm.json", html);
  site.put("/spa/scheduler/scheduler_config.json", html);
  site.put("/spa/scheduler_config.json", html);
  assert.equal((await load("/spa/")).labels, undefined);
});

test("a connection that breaks off is unreachable", async () => {
  const errors = await page.evaluate(async () => {
    const { fetch } = globalThis;
    globalThis.fetch = async (url, o) => {
      if (!String(url).includes("safetensors")) return fetch(url, o);
      const breaks = (controller) => controller.error(new TypeError("network error"));
      return new Response(new ReadableStream({ pull: breaks }));
    };
    const failed = await failure(() => diffuser.load("/tiny/"));
    globalThis.fetch = fetch;
    return failed;
  });
  assert.equal(errors.code, "unreachable");
});

test("an application can fetch the files itself, and what it gives in their place is checked", async () => {
  const seen = await page.evaluate(async () => {
    const asked = [];
    const own = (answer) => (address, request) => {
      asked.push([address.pathname, request.signal instanceof AbortSignal]);
      return answer(address, request);
    };
    const loaded = await diffuser.load("/elsewhere/", {
      fetch: own((address, request) => fetch(address.pathname.replace("/elsewhere/", "/tiny/"), request)),
    });
    const weights = asked.filter(([path, hasSignal]) => /model\.safetensors$/.test(path) && hasSignal);
    const failed = [
      () => Promise.reject(new Error("the disk is full")),
      () => Promise.reject(new TypeError("no network")),
      () => Promise.resolve("a page"),
      () => undefined,
    ].map((answer) => failure(() => diffuser.load("/elsewhere/", { fetch: own(answer) })));
    return [loaded.info.name, weights.length, await Promise.all(failed)];
  });
  const [name, weights, failed] = seen;
  assert.deepEqual([name, weights], ["elsewhere", 1]);
  assert.deepEqual(
    failed.map(({ code, message }) => code ?? message),
    ["the disk is full", "unreachable", "invalid-fetch", "invalid-fetch"],
  );
  assert.match(failed[2].message, /^`fetch` is "a page"; it must be a function that gives a promise of a Response$/);
});

test("an aborted load rejects with the signal's reason", async () => {
  site.putModel("/slow/");
  site.put(`/slow/${WEIGHTS}`, () => new Promise(() => {}));
  const messages = await page.evaluate(async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("too slow")), 100);
    const before = { signal: AbortSignal.abort(new Error("never")) };
    const calls = [() => diffuser.load("/slow/", { signal: abort.signal }), () => diffuser.load("/tiny/", before)];
    return Promise.all(calls.map(async (call) => (await failure(call)).message));
  });
  assert.deepEqual(messages, ["too slow", "never"]);
});

test("damaged weights and contradicting configs have each their code, and leave the loaded model working", async () => {
  const whole = tinyWeights();
  const entry = (shape, offsets, dtype = "F32") => ({ dtype, shape, data_offsets: offsets });
  const damage = {
    "weights-truncated": { weights: whole.subarray(0, whole.length - 100) },
    "weights-overlong": { weights: Buffer.concat([whole, Buffer.alloc(8)]) },
    "weights-magic": { weights: Buffer.from("neither a safetensors file nor one of PyTorch") },
    "weights-damaged": { weights: Buffer.from("PK\x03\x04 the beginning of an archive, and nothing more") },
    "weights-not-finite": { weights: tinyWeights((name, x) => name === "conv_out.bias" && x.fill(Number.NaN)) },
    "weights-offsets": { weights: safetensors({ "conv_in.bias": entry([8], [0, 16]) }, [new Uint8Array(16)]) },
    "weights-dtype": { weights: safetensors({ "conv_in.bias": entry([8], [0, 8], "I8") }, [new Uint8Array(8)]) },
    "tensor-missing": { weights: without("conv_out.bias") },
    "config-unsupported": { config: { down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D"] } },
    "config-invalid": { config: { block_out_channels: "many" } },
  };
  for (const [code, parts] of Object.entries(damage)) {
    site.putModel("/damaged/", parts);
    const failed = await load("/damaged/");
    assert.equal(failed.code, code, `${code}: ${failed.message}`);
    assert.equal(failed.name, "UnnoiseError");
    assert.ok(failed.hint, `${code} has a hint`);
  }
  const x = await page.evaluate(async () => (await model.sample({ steps: 1 }).result()).x.length);
  assert.equal(x, 64);
});

/** The tiny weights less one tensor, the last. */
function without(name) {
  const whole = tinyWeights();
  const start = headerLength(whole);
  const header = JSON.parse(whole.subarray(8, start));
  const [first] = header[name].data_offsets;
  delete header[name];
  return safetensors(header, [whole.subarray(start, start + first)]);
}

test("sources and options of load are checked", async () => {
  const codes = await page.evaluate(async () => {
    const detached = new ArrayBuffer(8);
    structuredClone(detached, { transfer: [detached] });
    const weights = new ArrayBuffer(8);
    const sources = ["", "http://[", 5, null, undefined, [], {}, { config: {}, weights: "w" }, { weights }];
    const codes = [];
    for (const source of sources) codes.push(await codeOf(() => diffuser.load(source)));
    return [
      ...codes,
      await codeOf(() => diffuser.load({ config: {}, weights, vae: 1 })),
      await codeOf(() => diffuser.load({ config: model.info, weights: detached })),
      await codeOf(() => diffuser.load("/tiny/", { onprogress: 1 })),
      await codeOf(() => diffuser.load("/tiny/", { onProgress: 1 })),
      await codeOf(() => diffuser.load("/tiny/", { signal: 1 })),
      await codeOf(() => diffuser.load("/tiny/", 5)),
      await codeOf(() => diffuser.load("/tiny/", { fetch: 1 })),
    ];
  });
  assert.deepEqual(codes.slice(0, 9), Array(9).fill("invalid-source"));
  assert.equal(codes[9], "unknown-option");
  assert.match(codes[10], /^(config|weights)-/);
  assert.deepEqual(codes.slice(11), [
    "unknown-option",
    "invalid-on-progress",
    "invalid-signal",
    "invalid-options",
    "invalid-fetch",
  ]);
});

test("a network is loaded for images of another size, and needs one where it has none", async () => {
  site.putModel("/sizeless/", { config: { sample_size: null } });
  const found = await page.evaluate(async () => {
    const shape = async (source, o) => (await diffuser.load(source, o)).info.shape;
    const wide = await diffuser.load("/tiny/", { size: [8, 12] });
    const { x } = await wide.sample({ steps: 2, labels: [0] }).result();
    const config = await (await fetch("/tiny/unet/config.json")).json();
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    return {
      shapes: [await shape("/sizeless/", { size: 16 }), wide.info.shape, await shape({ config, weights }, { size: 4 })],
      length: x.length,
      finite: x.every(Number.isFinite),
      codes: [
        await failure(() => diffuser.load("/sizeless/")),
        await failure(() => diffuser.load("/tiny/", { size: 7 })),
        await failure(() => diffuser.load("/tiny/", { size: 0 })),
        await failure(() => diffuser.load("/tiny/", { size: [8, 8, 8] })),
      ],
    };
  });
  assert.deepEqual(found.shapes, [
    [1, 16, 16],
    [1, 8, 12],
    [1, 4, 4],
  ]);
  assert.deepEqual([found.length, found.finite], [96, true]);
  assert.deepEqual(
    found.codes.map(({ code }) => code),
    ["config-invalid", "config-invalid", "invalid-size", "invalid-size"],
  );
  assert.match(found.codes[0].message, /sample_size.*option `size`/);
});
