// Models where they lie: on a server that plays huggingface.co, and in folders as trainings leave them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { blankPage, Site, setUp } from "./helpers.mjs";
import { safetensors, tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";
import { shardsOf, torchFile } from "./torch-file.mjs";

const WEIGHTS = "diffusion_pytorch_model.safetensors";
const REPOSITORY = "/someone/ddpm-tiny/resolve/main/";

const { browser, site } = await setUp();
const [hub, cdn] = await Promise.all([Site.start(), Site.start()]);
let page;
/** Paths that the hub was asked for. */
let asked = [];
before(async () => {
  const context = await browser.newContext();
  await context.route("https://huggingface.co/**", async (route) => {
    const { pathname, search } = new URL(route.request().url());
    asked.push(pathname + search);
    await route.fulfill({ response: await route.fetch({ url: hub.origin + pathname + search, maxRedirects: 0 }) });
  });
  page = await blankPage(browser, site, { context });
  await page.evaluate(async () => {
    globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  });
  putRepository(REPOSITORY);
});
after(() => Promise.all([hub.close(), cdn.close()]));
beforeEach(() => {
  asked = [];
});

const json = (content) => ({ type: "application/json", body: JSON.stringify(content) });
const html = { type: "text/html; charset=utf-8", body: "<!doctype html><title>my site</title>" };
const bytes = (body) => ({ type: "application/octet-stream", body: Buffer.from(body) });

/** A repository in the flat layout; as on the hub, its weights are on another host. */
function putRepository(path) {
  hub.put(`${path}config.json`, json(tinyConfig));
  hub.put(`${path}scheduler_config.json`, json(tinyScheduler));
  hub.put(`${path}model_index.json`, json({ _class_name: "DDPMPipeline", unet: ["diffusers", "UNet2DModel"] }));
  hub.put(path + WEIGHTS, { status: 302, headers: { Location: `${cdn.origin}/cas/weights` } });
  cdn.put("/cas/weights", bytes(tinyWeights()));
}

const load = (source) =>
  page.evaluate(async (source) => {
    let info;
    const failed = await failure(async () => {
      info = (await diffuser.load(source)).info;
    });
    return info ?? failed;
  }, source);

const codesOf = ({ warnings, ...failed }) => warnings?.map(({ code }) => code) ?? failed;

test("whichever address of a model on the hub is given, its files are found", async () => {
  const files = "https://huggingface.co/someone/ddpm-tiny/resolve/";
  const table = [
    ["https://huggingface.co/someone/ddpm-tiny", "main/"],
    ["https://huggingface.co/someone/ddpm-tiny/", "main/"],
    [" https://hf.co/someone/ddpm-tiny?x=1#files ", "main/"],
    ["https://huggingface.co/someone/ddpm-tiny/tree/main", "main/"],
    ["https://huggingface.co/someone/ddpm-tiny/tree/main/checkpoint-500/unet_ema", "main/checkpoint-500/unet_ema/"],
    ["https://huggingface.co/someone/ddpm-tiny/tree/refs%2Fpr%2F3", "refs%2Fpr%2F3/"],
    ["https://huggingface.co/someone/ddpm-tiny/blob/main/config.json", "main/"],
    ["https://huggingface.co/someone/ddpm-tiny/blob/v1.0/unet/config.json", "v1.0/unet/"],
    [`https://huggingface.co/someone/ddpm-tiny/blob/main/unet/${WEIGHTS}`, "main/unet/"],
    ["https://huggingface.co/someone/ddpm-tiny/raw/main/model_index.json", "main/"],
    ["https://huggingface.co/someone/ddpm-tiny/resolve/main", "main/"],
    ["https://huggingface.co/someone/ddpm-tiny/resolve/main/config.json?download=true", "main/?download=true"],
  ];
  const addresses = table.map(([address]) => address);
  const found = await page.evaluate((list) => list.map((one) => unnoise.modelFolders(one).map(String)), addresses);
  assert.deepEqual(
    found,
    table.map(([, rest]) => [files + rest]),
  );
  const [all, named] = await page.evaluate(() => ["a/b", "a/unet/mine.ckpt"].map((one) => unnoise.weightsFiles(one)));
  assert.equal(all[0], "diffusion_pytorch_model.fp16.safetensors");
  assert.ok(all.includes("model.pt") && all.at(-1) === "pytorch_model.bin.index.json", `${all}`);
  assert.deepEqual(named, ["mine.ckpt"]);
  const other = await page.evaluate((origin) => {
    const of = (address) => unnoise.modelFolders(address).map((url) => url.href.replace(origin, ""));
    return ["m", "./a/b", "a/b/", "/a/b", "a/b/c", "../a/b", "a/b", "unet/config.json"].map(of);
  }, site.origin);
  const both = ["/a/b/", "https://huggingface.co/a/b/resolve/main/"];
  assert.deepEqual(other.slice(0, 7), [["/m/"], ["/a/b/"], ["/a/b/"], ["/a/b/"], ["/a/b/c/"], ["/a/b/"], both]);
  assert.equal(other[7][0], "/unet/");

  const info = await load("https://huggingface.co/someone/ddpm-tiny/blob/main/config.json");
  assert.deepEqual([info.name, info.folder, info.warnings], ["ddpm-tiny", `${files}main/`, []]);
});

test("owner/name is the page's own folder, and where there is none, the hub's", async () => {
  site.putModel("/someone/local/");
  assert.equal((await load("someone/local")).folder, `${site.origin}/someone/local/`);
  assert.equal((await load("models/fashion-mnist")).folder, `${site.origin}/models/fashion-mnist/`);
  assert.deepEqual(asked, []);

  assert.equal((await load("someone/ddpm-tiny")).name, "ddpm-tiny");
  for (const file of ["unet/config.json", "config.json", "unet_ema/config.json"])
    site.put(`/someone/ddpm-tiny/${file}`, html);
  assert.equal((await load("someone/ddpm-tiny")).name, "ddpm-tiny");

  hub.put("/someone/private/resolve/main/unet/config.json", { status: 401 });
  const neither = await load("someone/private");
  assert.match(
    neither.message,
    /401 for https:\/\/huggingface\.co\/someone\/private\/resolve\/main\/unet\/config\.json/,
  );
  assert.match(neither.hint, /because http.*\/someone\/private\/ has no config\.json.*does not exist/);
  asked = [];
  site.put("/someone/forbidden/unet/config.json", { status: 403 });
  const forbidden = await load("someone/forbidden");
  assert.match(
    `${forbidden.message} ${forbidden.hint}`,
    /403 for http:.* https:\/\/huggingface\.co\/someone\/forbidden\/resolve\/main\//,
  );
  assert.equal((await load("./someone/ddpm-tiny")).code, "not-a-model");
  assert.deepEqual(asked, []);
});

test("a revision is a branch, a tag or a commit of a model on the hub, and of nothing else", async () => {
  const hash = "0123456789abcdef0123456789abcdef01234567";
  const table = [
    ["someone/ddpm-tiny", "v1.0", "v1.0"],
    ["models/fashion-mnist", "main", undefined],
    ["someone/ddpm-tiny", "refs/pr/3", "refs%2Fpr%2F3"],
    ["https://huggingface.co/someone/ddpm-tiny", hash, hash],
    ["https://hf.co/someone/ddpm-tiny/tree/v1.0/unet", "v1.0", "v1.0/unet"],
    ["https://huggingface.co/someone/ddpm-tiny/resolve/refs%2Fpr%2F3/", "refs/pr/3", "refs%2Fpr%2F3"],
  ];
  const given = table.map(([address, revision]) => [address, revision]);
  const found = await page.evaluate((list) => list.map((one) => unnoise.modelFolders(...one).map(String)), given);
  const there = (address, inside) => `https://huggingface.co/${address}/resolve/${inside}/`;
  const model = (address) => (address.startsWith("models") ? address : "someone/ddpm-tiny");
  assert.deepEqual(
    found,
    table.map(([address, , inside = "main"]) => [there(model(address), inside)]),
  );
  putRepository("/someone/ddpm-tiny/resolve/v1.0/");
  site.putModel("/someone/ddpm-tiny/");
  const folder = await page.evaluate(
    async () => (await diffuser.load("someone/ddpm-tiny", { revision: "v1.0" })).info.folder,
  );
  assert.equal(folder, "https://huggingface.co/someone/ddpm-tiny/resolve/v1.0/");
  site.drop("/someone/ddpm-tiny/unet/config.json");

  const refused = await page.evaluate(async (origin) => {
    const files = { config: {}, weights: new ArrayBuffer(8) };
    const calls = [
      ["someone/ddpm-tiny", ""],
      ["someone/ddpm-tiny", 5],
      ["/tiny/", "main"],
      [`${origin}/tiny/`, "main"],
      [files, "main"],
      ["https://huggingface.co/someone/ddpm-tiny/tree/v1.0", "v2.0"],
    ];
    const failed = calls.map(([source, revision]) => failure(() => diffuser.load(source, { revision })));
    return [...(await Promise.all(failed)), await failure(() => diffuser.load("/tiny/", { revison: "main" }))];
  }, site.origin);
  const codes = refused.map(({ code }) => code);
  assert.deepEqual(codes, [...Array(6).fill("invalid-revision"), "unknown-option"]);
  assert.match(
    refused[0].message,
    /^`revision` is ""; it must be the name of a branch or a tag, or the hash of a commit$/,
  );
  assert.match(refused[2].message, /"main"; it must be absent: only models on huggingface\.co have revisions$/);
  assert.match(refused[5].message, /"v2\.0"; it must be absent, or v1\.0, which the address names$/);
});

test("addresses that are no web address, and pages of the hub that are no model, are refused", async () => {
  const refused = [
    "data:application/json,{}",
    "javascript:alert(1)",
    "mailto:someone@example.org",
    "blob:https://example.org/1",
    "ftp://example.org/model/",
    "https://huggingface.co/",
    "https://huggingface.co/gpt2",
    "https://huggingface.co/datasets/someone/pictures",
    "https://huggingface.co/someone/ddpm-tiny/discussions/1",
  ];
  for (const source of refused) {
    const { code, name, message } = await load(source);
    assert.deepEqual([code, name], ["invalid-source", "UnnoiseError"], source);
    assert.match(message, /^`source` is .*; it must be the address of a /);
  }
  const assets = await page.evaluate(() => failure(() => unnoise.Diffuser.create({ assets: "javascript:alert(1)" })));
  assert.equal(assets.code, "invalid-assets");
});

const PARTS = [
  "unet/config.json",
  `unet/${WEIGHTS}`,
  "scheduler/scheduler_config.json",
  "labels.json",
  "analytic_dpm.json",
  "model_index.json",
];

test("only 404, 410 and a web page mean that a file is absent: any other status ends the load and is told", async () => {
  for (const file of PARTS) {
    for (const status of [400, 401, 403, 429, 500, 503]) {
      site.putModel("/refusing/");
      site.put(`/refusing/${file}`, { status, type: "text/html", body: "no" });
      const { code, message, hint } = await load("/refusing/");
      assert.deepEqual([code, message?.includes(`${status} for`)], ["http-status", true], `${status} for ${file}`);
      if (status !== 400) assert.ok(hint, `${status} has a hint`);
      site.drop(`/refusing/${file}`);
    }
  }
  for (const gone of [{ status: 404 }, { status: 410 }, html]) {
    site.putModel("/gone/");
    for (const file of PARTS.slice(2)) site.put(`/gone/${file}`, gone);
    assert.deepEqual(codesOf(await load("/gone/")), ["scheduler-missing"]);
    assert.equal((await load("/gone/")).labels, undefined);
  }
});

test("a server that asks for patience is quoted", async () => {
  site.putModel("/busy/");
  const busy = (after) => ({
    status: 429,
    headers: { "Retry-After": after, "Access-Control-Expose-Headers": "Retry-After" },
  });
  site.put("/busy/scheduler/scheduler_config.json", busy("37"));
  const { message, hint } = await load("/busy/");
  assert.match(`${message} ${hint}`, /429 for .*: too many requests Try again in 37 seconds\.$/);
  site.put("/busy/scheduler/scheduler_config.json", busy("Fri, 01 Jan 2100 00:00:00 GMT"));
  assert.match((await load("/busy/")).hint, /after Fri, 01 Jan 2100/);
});

test("a 404 whose connection breaks off is a 404, and complains of nothing else", async () => {
  const server = createServer((request, response) => {
    const missing = /fp16|model_index/.test(request.url);
    response.writeHead(missing ? 404 : 302, {
      "Access-Control-Allow-Origin": "*",
      ...(missing ? { "Content-Length": 100_000 } : { Location: `${site.origin}/tiny${request.url}` }),
    });
    if (!missing) return response.end();
    response.write("not");
    setTimeout(() => response.destroy(), 20);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const unheard = [];
  const hear = (error) => unheard.push(error.message);
  page.on("pageerror", hear);
  const info = await load(`http://127.0.0.1:${server.address().port}/`);
  page.off("pageerror", hear);
  server.close();
  assert.deepEqual([info.classes, unheard], [3, []]);
});

test("the weights of a model on the hub are those whose SHA-256 its repository names", async () => {
  const raw = `${REPOSITORY.replace("resolve", "raw")}${WEIGHTS}`;
  const pointer = (oid) =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${tinyWeights().length}\n`;
  const right = createHash("sha256").update(tinyWeights()).digest("hex");
  const wrong = "0".repeat(64);
  for (const body of [pointer(right), "no pointer", `${"x".repeat(2000)}${pointer(wrong)}`, "{}"]) {
    hub.put(raw, { type: "text/plain", body });
    assert.equal((await load("someone/ddpm-tiny")).hash, right);
  }
  assert.ok(asked.includes(raw));
  hub.put(raw, { type: "text/plain", body: pointer(wrong) });
  const { code, message } = await load("someone/ddpm-tiny");
  assert.equal(code, "download-mismatch", message);
  assert.ok(message.includes(right) && message.includes(wrong) && message.includes("/someone/ddpm-tiny/"));
  hub.put(raw, { status: 500, body: "" });
  assert.equal((await load("someone/ddpm-tiny")).hash, right);
  hub.drop(raw);
});

test("a missing scheduler is said, for folders and for files", async () => {
  site.putModel("/unscheduled/");
  site.put("/unscheduled/scheduler/scheduler_config.json", { status: 404 });
  const { warnings, scheduler } = await load("/unscheduled/");
  assert.deepEqual([warnings.map(({ code }) => code), scheduler], [["scheduler-missing"], {}]);
  assert.match(warnings[0].message, /no scheduler_config\.json.*1000 timesteps, linear betas from 0\.0001 to 0\.02/);
  const files = await page.evaluate(async (config) => {
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).blob();
    const bare = await diffuser.load({ config, weights });
    const whole = await diffuser.load({ config, weights, scheduler: {} });
    return [bare, whole].map(({ info }) => info.warnings.map(({ code }) => code));
  }, tinyConfig);
  assert.deepEqual(files, [["scheduler-missing"], []]);
});

test("the scheduler's class decides what its file means", async () => {
  const picture = (scheduler) => {
    site.putModel("/scheduled/", { scheduler });
    return page.evaluate(async () => {
      const model = await diffuser.load("/scheduled/");
      const { x } = await model.sample({ steps: 3, seed: 1, sampler: "ddim", labels: [0] }).result();
      const { warnings, scheduler, madeFor } = model.info;
      return { x: [...x], warnings, scheduler, madeFor };
    });
  };
  const cosine = { ...tinyScheduler, beta_schedule: "squaredcos_cap_v2" };
  const [plain, more, pndm] = [
    await picture(cosine),
    await picture({ ...cosine, set_alpha_to_one: false }),
    await picture({ ...cosine, _class_name: "PNDMScheduler", skip_prk_steps: true, set_alpha_to_one: false }),
  ];
  assert.deepEqual([more.x, more.scheduler, more.warnings], [plain.x, plain.scheduler, []]);
  assert.deepEqual(pndm.x, plain.x);
  assert.deepEqual(codesOf(pndm), ["scheduler-class"]);
  assert.match(pndm.warnings[0].message, /PNDMScheduler.*its sampler; the nearest of unnoise's own is "ddim"$/);
  assert.deepEqual([plain.madeFor, pndm.madeFor], [undefined, { scheduler: "PNDMScheduler", nearest: "ddim" }]);
  for (const name of [
    "ScoreSdeVeScheduler",
    "CMStochasticIterativeScheduler",
    "FlowMatchEulerDiscreteScheduler",
    "Mine",
  ]) {
    site.putModel("/scheduled/", { scheduler: { _class_name: name } });
    const { code, message } = await load("/scheduled/");
    assert.deepEqual([code, message.includes(`"${name}"`)], ["config-unsupported", true], message);
  }
});

test("a pipeline that draws no pictures by itself is refused by name", async () => {
  const index = (entries) => {
    site.putModel("/pipeline/");
    site.put("/pipeline/model_index.json", json(entries));
  };
  const part = ["diffusers", "X"];
  const refused = [
    [{ _class_name: "LDMPipeline", vqvae: part, unet: part }, /"LDMPipeline".*latents/],
    [{ _class_name: "ConsistencyModelPipeline" }, /"ConsistencyModelPipeline"/],
    [{ _class_name: "KarrasVePipeline" }, /variance exploding/],
    [{ _class_name: "ScoreSdeVePipeline" }, /variance exploding/],
    [{ _class_name: ["mine", "MyPipeline"] }, /"MyPipeline"/],
    [{ _class_name: "AudioDiffusionPipeline", vqvae: part }, /latents/],
  ];
  for (const [entries, sentence] of refused) {
    index(entries);
    const { code, message } = await load("/pipeline/");
    assert.equal(code, "config-unsupported", message);
    assert.match(message, sentence);
  }
  const files = await page.evaluate(async (config) => {
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).blob();
    const load = (index) => codeOf(() => diffuser.load({ config, weights, index }));
    return [await load({ _class_name: "LDMPipeline" }), await load({ _class_name: "DDPMPipeline" })];
  }, tinyConfig);
  assert.deepEqual(files, ["config-unsupported", "nothing was thrown"]);
  // What is around a part of a pipeline counts for it too.
  assert.equal((await load("/pipeline/unet/")).code, "config-unsupported");
  for (const name of ["DDPMPipeline", "DDIMPipeline", "PNDMPipeline", "AudioDiffusionPipeline"]) {
    index({ _class_name: name, vqvae: [null, null], mel: part });
    assert.deepEqual(codesOf(await load("/pipeline/")), [], name);
  }
});

test("a folder with nothing but a pickle is loaded from it; one without weights says which were looked for", async () => {
  hub.put("/someone/pickled/resolve/main/unet/config.json", json(tinyConfig));
  hub.put("/someone/pickled/resolve/main/unet/diffusion_pytorch_model.bin", bytes(torchFile(tinyWeights())));
  assert.deepEqual((await load("someone/pickled")).shape, [1, 8, 8]);
  site.put("/pickled/config.json", json(tinyConfig));
  const nothing = await load("/pickled/");
  assert.deepEqual(nothing.code, "http-status");
  assert.match(nothing.message, /404 for .*fp16\.safetensors, 404 for .*model\.safetensors$/);
});

test("a scheduler of DPM-Solver has a number that JSON does not have, and is read; one that counts is refused by its name", async () => {
  site.putModel("/solver/");
  const body = JSON.stringify({
    _class_name: "DPMSolverMultistepScheduler",
    lambda_min_clipped: 0,
    num_train_timesteps: 20,
  });
  const put = (text) => site.put("/solver/scheduler/scheduler_config.json", { type: "application/json", body: text });
  put(body.replace('clipped":0', 'clipped":-Infinity'));
  assert.equal((await load("/solver/")).madeFor.scheduler, "DPMSolverMultistepScheduler");
  put('{"beta_start": NaN}');
  const { code, message } = await load("/solver/");
  assert.equal(code, "config-invalid", message);
  assert.match(message, /beta_start.*NaN/);
});

test("pointers of Git LFS are told from pickles", async () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n";
  site.putModel("/pointers/", { weights: pointer });
  const weights = await load("/pointers/");
  assert.match(`${weights.message} ${weights.hint}`, /Git LFS pointer.*git lfs pull/);
  site.put("/pointers/scheduler/scheduler_config.json", { type: "text/plain", body: pointer });
  assert.match((await load("/pointers/")).hint, /git lfs pull/);
});

test("files of PyTorch with an index are loaded from the hub by the model's name, and a damaged one is named", async () => {
  const path = "/someone/torch-shards/resolve/main/";
  const files = shardsOf(tinyWeights(), safetensors).map(({ file, names }, i) => {
    return { names, name: `diffusion_pytorch_model-0000${i + 1}-of-00002.bin`, content: torchFile(file) };
  });
  const weight_map = Object.fromEntries(files.flatMap(({ names, name }) => names.map((tensor) => [tensor, name])));
  hub.put(`${path}config.json`, json(tinyConfig));
  hub.put(`${path}scheduler_config.json`, json(tinyScheduler));
  hub.put(`${path}diffusion_pytorch_model.bin.index.json`, json({ weight_map }));
  for (const { name, content } of files) {
    hub.put(path + name, { status: 302, headers: { Location: `${cdn.origin}/cas/${name}` } });
    cdn.put(`/cas/${name}`, bytes(content));
  }
  const found = await load("someone/torch-shards");
  assert.deepEqual([found.name, found.folder], ["torch-shards", `https://huggingface.co${path}`]);
  const [, { name, content }] = files;
  const raw = `${path.replace("resolve", "raw")}${name}`;
  const sha256 = (of) => createHash("sha256").update(of).digest("hex");
  const pointer = (of) => `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(of)}\nsize 1\n`;
  hub.put(raw, { type: "text/plain", body: pointer(content) });
  assert.equal((await load("someone/torch-shards")).name, "torch-shards");
  hub.put(raw, { type: "text/plain", body: pointer("another file") });
  const other = await load("someone/torch-shards");
  assert.equal(other.code, "download-mismatch", other.message);
  assert.ok(other.message.startsWith(`“${name}” of the weights has the SHA-256 ${sha256(content)}`), other.message);
  hub.drop(raw);
  cdn.put(`/cas/${name}`, bytes(content.subarray(0, -100)));
  const { code, message } = await load("someone/torch-shards");
  assert.deepEqual([code, message.startsWith(`“${name}” of the weights: `)], ["weights-damaged", true], message);
});

test("what a training leaves is loaded, with the scheduler of the pipeline around it, and the choice is told", async () => {
  const averaged = {
    ...tinyConfig,
    decay: 0.9999,
    inv_gamma: 1,
    min_decay: 0,
    optimization_step: 500,
    update_after_step: 0,
  };
  const scheduler = { ...tinyScheduler, beta_schedule: "squaredcos_cap_v2" };
  site.put("/run/scheduler/scheduler_config.json", json(scheduler));
  site.put("/run/model_index.json", json({ _class_name: "DDPMPipeline" }));
  for (const part of ["unet", "unet_ema"]) {
    site.put(`/run/checkpoint-500/${part}/config.json`, json(averaged));
    site.put(`/run/checkpoint-500/${part}/${WEIGHTS}`, bytes(tinyWeights()));
  }
  const part = await load("/run/checkpoint-500/unet_ema/");
  assert.deepEqual([codesOf(part), part.scheduler], [["scheduler-elsewhere"], scheduler]);
  assert.match(part.warnings[0].message, /\/run\/scheduler\/scheduler_config\.json$/);

  // An index that names what its folder has beside a pipeline's parts is believed.
  site.put("/run/model_index.json", json({ _class_name: "DDPMPipeline", _unnoise: "labels.json" }));
  assert.deepEqual(codesOf(await load("/run/checkpoint-500")), ["scheduler-elsewhere"]);
  site.put("/run/model_index.json", json({ _class_name: "DDPMPipeline" }));
  assert.deepEqual(codesOf(await load("/run/checkpoint-500")), ["scheduler-elsewhere", "weights-choice"]);
  site.drop("/run/model_index.json");
  const signed = await load("/run/checkpoint-500/?signed=1");
  assert.match(signed.warnings[1].message, /\/checkpoint-500\/unet_ema\/\?signed=1$/);
  const both = await load("/run/checkpoint-500");
  assert.deepEqual(codesOf(both), ["scheduler-elsewhere", "weights-choice"]);
  assert.match(
    both.warnings[1].message,
    /unet\/ was taken, as by diffusers' pipelines; for the averaged weights load .*\/checkpoint-500\/unet_ema\/$/,
  );

  site.drop("/run/scheduler/scheduler_config.json");
  assert.deepEqual(codesOf(await load("/run/checkpoint-500/unet_ema/")), ["scheduler-missing"]);
  for (const file of ["config.json", WEIGHTS]) site.drop(`/run/checkpoint-500/unet/${file}`);
  assert.deepEqual(codesOf(await load("/run/checkpoint-500/")), ["scheduler-missing"]);
});

test("the part of a pipeline takes its scheduler and the names of its classes", async () => {
  const info = await load("/tiny/unet/");
  assert.deepEqual([codesOf(info), info.labels], [["scheduler-elsewhere"], ["a", "b", "no class"]]);
});

test("a network that takes class channels, without their table, is refused with both counts", async () => {
  site.putModel("/joined/", { config: { in_channels: 11, num_class_embeds: null } });
  const { code, message } = await load("/joined/");
  assert.equal(code, "config-unsupported");
  assert.match(message, /`out_channels` .* is 1, .*in_channels, 11, or class channels by a table in the weights/);
});

test("JSON files are read up to 8 MB, and a longer one is told before it fills the memory", async () => {
  const long = (extra) => ({ type: "application/json", body: `{"a": [${"1,".repeat(4_000_000 - 5 + extra)}1]}` });
  for (const file of PARTS.filter((name) => name.endsWith(".json"))) {
    site.putModel("/long/");
    site.put(`/long/${file}`, long(10));
    const { code, message } = await load("/long/");
    assert.deepEqual([code, /is longer than 8 MB/.test(message)], ["config-invalid", true], `${file}: ${message}`);
    site.drop(`/long/${file}`);
  }
  site.putModel("/long/");
  site.put("/long/model_index.json", long(-10));
  assert.deepEqual(codesOf(await load("/long/")), []);
});

test("names of classes are read up to a million, and more are told by their count", async () => {
  const names = (count) => ({ type: "application/json", body: `[${'"",'.repeat(count - 1)}""]` });
  site.putModel("/named/");
  site.put("/named/labels.json", names(1_000_001));
  const more = await load("/named/");
  assert.deepEqual(
    [more.code, more.message],
    ["config-invalid", "labels.json has 1000001 entries; at most 1000000 are read"],
  );
  const given = await page.evaluate(async (config) => {
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).blob();
    return failure(() => diffuser.load({ config, weights, labels: Array(1_000_001).fill("") }));
  }, tinyConfig);
  assert.deepEqual(given.code, "config-invalid", given.message);
  assert.match(given.message, /labels/);
  site.put("/named/labels.json", names(1_000_000));
  assert.match((await load("/named/")).message, /labels\.json/);
});

test("fields that nobody reads cost no memory, however long or deep they are", async () => {
  const memory = () => page.evaluate(() => diffuser.memory());
  const before = await memory();
  const deep = `${"[".repeat(2000)}${"]".repeat(2000)}`;
  const unread = `"long": [${"1,".repeat(3_500_000)}1], "deep": ${deep}, "objects": [${"{},".repeat(100_000)}{}]`;
  const stuffed = (content) => ({
    type: "application/json",
    body: JSON.stringify(content).replace(/}$/, `,${unread}}`),
  });
  site.putModel("/stuffed/");
  site.put("/stuffed/unet/config.json", stuffed(tinyConfig));
  site.put("/stuffed/scheduler/scheduler_config.json", stuffed(tinyScheduler));
  assert.deepEqual(codesOf(await load("/stuffed/")), []);
  const grown = (await memory()) - before;
  assert.ok(grown < 10_000_000, `${grown} bytes`);

  const reading = [
    ["unet/config.json", { ...tinyConfig, block_out_channels: [[8], 16] }, /`block_out_channels` .*a list/],
    ["scheduler/scheduler_config.json", { ...tinyScheduler, beta_start: {} }, /`beta_start` .*an object/],
    ["labels.json", ["a", ["b"], "c"], /labels\.json/],
    ["unet/config.json", Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, i])), /1001 fields/],
  ];
  for (const [file, content, sentence] of reading) {
    site.putModel("/stuffed/");
    site.put(`/stuffed/${file}`, json(content));
    const { code, message } = await load("/stuffed/");
    assert.equal(code, "config-invalid", message);
    assert.match(message, sentence);
  }
});
