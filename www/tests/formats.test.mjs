// The formats in which people have their checkpoints: PyTorch's files, variants, several files, the names of other programs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { safetensors, tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";
import { callingFile, legacyTorchFile, shardsOf, torchFile } from "./torch-file.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  const labels = [0];
  globalThis.picture = async (source, options) => {
    const model = await diffuser.load(source, options);
    return [...(await model.sample({ steps: 2, seed: 1, labels }).result()).x];
  };
});

const json = (content) => ({ type: "application/json", body: JSON.stringify(content) });
const bytes = (body) => ({ type: "application/octet-stream", body });
const NAME = "diffusion_pytorch_model";

/** A folder that has these files beside its configuration. */
function putFolder(folder, files) {
  site.put(`${folder}config.json`, json(tinyConfig));
  site.put(`${folder}scheduler_config.json`, json(tinyScheduler));
  for (const [name, file] of Object.entries(files))
    site.put(folder + name, Buffer.isBuffer(file) ? bytes(file) : json(file));
}

const picture = (source, options) => page.evaluate((given) => picture(...given), [source, options]);
const failed = (source, options) => page.evaluate((given) => failure(() => diffuser.load(...given)), [source, options]);

/** Other weights than the tiny ones, whose picture is another one. */
const others = tinyWeights((name, values) => name === "conv_out.bias" && values.fill(0.5));
const expected = await picture("/tiny/");
putFolder("/others/", { [`${NAME}.safetensors`]: others });
const otherPicture = await picture("/others/");

test("files of PyTorch, by the names that they have, give the same pictures", async () => {
  assert.notDeepEqual(otherPicture, expected);
  const [archive, legacy] = [torchFile(tinyWeights()), legacyTorchFile(tinyWeights())];
  for (const [name, file] of [
    [`${NAME}.bin`, archive],
    [`${NAME}.ckpt`, legacy],
    ["model.pt", archive],
    ["pytorch_model.bin", legacy],
  ]) {
    const folder = `/torch-${name}/`;
    putFolder(folder, { [name]: file });
    assert.deepEqual(await picture(folder), expected, name);
  }
  const given = new Uint8Array(archive);
  const same = await page.evaluate(
    ([config, scheduler, given]) => picture({ config, scheduler, weights: new Blob([new Uint8Array(given)]) }),
    [tinyConfig, tinyScheduler, given],
  );
  assert.deepEqual(same, expected);
});

test("a safetensors file is preferred, and the file that an address names is the one that is taken", async () => {
  const named = { "mine.safetensors": others, "mine.ckpt": torchFile(others) };
  putFolder("/several/", { [`${NAME}.safetensors`]: tinyWeights(), [`${NAME}.bin`]: torchFile(others), ...named });
  assert.deepEqual(await picture("/several/"), expected);
  assert.deepEqual(await picture(`${site.origin}/several/mine.safetensors`), otherPicture);
  assert.deepEqual(await picture("/several/mine.ckpt"), otherPicture);
  const absent = await failed("/several/yours.ckpt");
  assert.deepEqual([absent.code, /404 for .*\/several\/yours\.ckpt$/.test(absent.message)], ["http-status", true]);
  site.put("/bare/mine.ckpt", bytes(torchFile(others)));
  const bare = await failed("/bare/mine.ckpt");
  assert.match(bare.message, /404 for .*\/bare\/config\.json$/);
});

test("a pickle that calls a function is refused by the function's name, and so is another network", async () => {
  putFolder("/calls/", { [`${NAME}.bin`]: callingFile() });
  const { code, message, hint } = await failed("/calls/");
  assert.equal(code, "weights-pickle");
  assert.match(
    message,
    /the pickle calls `os\.system`; of a pickle only tensors with names are read, and nothing of it runs/,
  );
  assert.match(hint, /torch\.save\(model\.state_dict\(\)/);
  putFolder("/cut/", { [`${NAME}.bin`]: torchFile(tinyWeights()).subarray(0, -50) });
  assert.equal((await failed("/cut/")).code, "weights-damaged");
  const foreign = new URL("../../tests/golden/originals/denoising_diffusion_pytorch.pt", import.meta.url);
  putFolder("/foreign/", { "model.pt": await readFile(foreign) });
  const other = await failed("/foreign/");
  assert.equal(other.code, "weights-foreign");
  assert.match(other.message, /lucidrains' denoising-diffusion-pytorch: it begins with a convolution of 7 x 7 pixels/);
});

test("a checkpoint of guided-diffusion is loaded with the configuration of diffusers beside it", async () => {
  const original = (name) => readFile(new URL(`../../tests/golden/originals/${name}`, import.meta.url));
  site.put("/guided/config.json", json(JSON.parse(await original("guided.json"))));
  site.put("/guided/model.pt", bytes(await original("guided.pt")));
  assert.equal((await picture("/guided/model.pt")).length, 64);
});

test("a checkpoint of diffusers' course takes its classes as channels, by the table in its weights", async () => {
  const original = (name) => readFile(new URL(`../../tests/golden/originals/${name}`, import.meta.url));
  site.put("/course/config.json", json(JSON.parse(await original("course.json"))));
  site.put("/course/model.pt", bytes(await original("course.pt")));
  const found = await page.evaluate(async () => {
    const model = await diffuser.load("/course/model.pt");
    const of = async (...labels) => {
      const { x } = await model.sample({ steps: 2, seeds: [1, 1], labels }).result();
      return [...x];
    };
    const [both, same] = [await of(1, 4), await of(4, 4)];
    return { shape: model.info.shape, classes: model.info.classes, both, same };
  });
  assert.deepEqual([found.shape, found.classes, found.both.length], [[1, 8, 8], 5, 128]);
  assert.deepEqual(found.both.slice(64), found.same.slice(64));
  assert.notDeepEqual(found.both.slice(0, 64), found.same.slice(0, 64));
  site.put("/course-bare/config.json", json(JSON.parse(await original("course.json"))));
  site.put("/course-bare/model.pt", bytes(await original("ho.pt")));
  const { code, message } = await failed("/course-bare/model.pt");
  assert.equal(code, "config-unsupported");
  assert.match(message, /class channels by a table in the weights, `class_emb\.weight` of shape \[classes, 3\]/);
});

const shards = shardsOf(tinyWeights(), safetensors);
const shardName = (index) => `${NAME}-0000${index + 1}-of-00002.safetensors`;
const weight_map = Object.fromEntries(
  shards.flatMap(({ names }, index) => names.map((name) => [name, shardName(index)])),
);

test("weights in several files with an index are loaded as one, in a variant too", async () => {
  const files = Object.fromEntries(shards.map(({ file }, index) => [shardName(index), file]));
  putFolder("/shards/", { [`${NAME}.safetensors.index.json`]: { metadata: {}, weight_map }, ...files });
  assert.deepEqual(await picture("/shards/"), expected);
  putFolder("/shards-ema/", { [`${NAME}.safetensors.index.ema.json`]: { weight_map }, ...files });
  assert.deepEqual(await picture("/shards-ema/", { variant: "ema" }), expected);
  const given = shards.map(({ file }) => new Uint8Array(file));
  const joined = await page.evaluate(
    ([config, scheduler, given]) => {
      const [first, second] = given.map((file) => new Uint8Array(file));
      return picture({ config, scheduler, weights: [new File([first], "a"), second.buffer] });
    },
    [tinyConfig, tinyScheduler, given],
  );
  assert.deepEqual(joined, expected);
});

test("files of PyTorch with an index are loaded as one, by both of its names, in a variant, and as a list", async () => {
  const torch = shards.map(({ file }) => torchFile(file));
  const name = (index) => shardName(index).replace("safetensors", "bin");
  const map = Object.fromEntries(shards.flatMap(({ names }, at) => names.map((tensor) => [tensor, name(at)])));
  const files = { [name(0)]: torch[0], [name(1)]: torch[1] };
  for (const [folder, index, options] of [
    ["/torch-shards/", `${NAME}.bin.index.json`],
    ["/transformers-shards/", "pytorch_model.bin.index.json"],
    ["/torch-shards-ema/", `${NAME}.bin.index.ema.json`, { variant: "ema" }],
  ]) {
    putFolder(folder, { [index]: { weight_map: map }, ...files });
    assert.deepEqual(await picture(folder, options), expected, folder);
  }
  const load = (weights) =>
    page.evaluate(
      async ([config, scheduler, given]) => {
        const weights = given.map((file) => new Blob([new Uint8Array(file)]));
        return picture({ config, scheduler, weights }).catch(({ code, message }) => ({ code, message }));
      },
      [tinyConfig, tinyScheduler, weights.map((file) => new Uint8Array(file))],
    );
  assert.deepEqual(await load(torch), expected);
  const mixed = await load([torch[0], shards[1].file]);
  assert.equal(mixed.code, "weights-shards");
  assert.match(mixed.message, /is no file of PyTorch, and the first of the set is one$/);
  const twice = await load([torch[0], torch[0]]);
  const said = /^“.+” of the weights: .*another file has the tensor `.+` too$/;
  assert.deepEqual([twice.code, said.test(twice.message)], ["weights-damaged", true], twice.message);
  putFolder("/torch-shards-cut/", {
    [`${NAME}.bin.index.json`]: { weight_map: map },
    [name(0)]: torch[0],
    [name(1)]: torch[1].subarray(0, -100),
  });
  const cut = await failed("/torch-shards-cut/");
  assert.deepEqual([cut.code, cut.message.startsWith(`“${name(1)}” of the weights: `)], ["weights-damaged", true]);
});

test("what is wrong with one of several files is said of it", async () => {
  const [first, second] = shards.map(({ file }) => file);
  const index = `${NAME}.safetensors.index.json`;
  const said = async (folder, files) => {
    putFolder(folder, files);
    return failed(folder);
  };
  const absent = await said("/shard-absent/", { [index]: { weight_map }, [shardName(0)]: first });
  assert.deepEqual(
    [absent.code, /404 for .*-00002-of-00002\.safetensors$/.test(absent.message)],
    ["http-status", true],
  );
  for (const [name, file, what] of [
    ["cut", second.subarray(0, -4), /has \d+ bytes of tensors, and its header asks for \d+$/],
    ["twice", first, /has the tensor `conv_in\.weight` of another file too$/],
    ["torch", torchFile(tinyWeights()), /is no safetensors file$/],
    ["text", Buffer.from("\x02\0\0\0\0\0\0\0[]"), /has a header that is no object$/],
    ["tensor", safetensors({ a: { dtype: "F32" } }, []), /has a tensor without two `data_offsets`$/],
  ]) {
    const files = { [index]: { weight_map }, [shardName(0)]: first, [shardName(1)]: file };
    const { code, message, hint } = await said(`/shard-${name}/`, files);
    assert.deepEqual([code, what.test(message)], ["weights-shards", true], message);
    assert.ok(message.includes("-00002-of-00002.safetensors”") && hint, message);
  }
  for (const [name, map] of Object.entries({
    none: undefined,
    empty: {},
    elsewhere: { a: "../x.safetensors" },
    address: { a: "https://x.example/x.safetensors" },
    number: { a: 5 },
    many: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`${i}`, `${i}.safetensors`])),
  })) {
    const { code, message } = await said(`/index-${name}/`, { [index]: { weight_map: map } });
    assert.equal(code, "weights-index", message);
  }
});

test("a variant of any name is loaded, and null is the file without one", async () => {
  const plain = tinyWeights();
  putFolder("/variants/", {
    [`${NAME}.safetensors`]: plain,
    [`${NAME}.fp16.safetensors`]: others,
    [`${NAME}.ema.bin`]: torchFile(others),
  });
  assert.deepEqual(await picture("/variants/"), otherPicture);
  assert.deepEqual(await picture("/variants/", { variant: null }), expected);
  assert.deepEqual(await picture("/variants/", { variant: "fp16" }), otherPicture);
  assert.deepEqual(await picture("/variants/", { variant: "ema" }), otherPicture);
  const { code, message } = await failed("/variants/", { variant: "bf16" });
  assert.deepEqual(
    [code, /404 for .*\/variants\/diffusion_pytorch_model\.bf16\.safetensors$/.test(message)],
    ["http-status", true],
  );
  for (const variant of [5, "", "a/b", {}])
    assert.equal((await failed("/variants/", { variant })).code, "invalid-variant");
  const beside = await failed("/variants/mine.safetensors", { variant: "fp16" });
  assert.match(beside.message, /`variant` is "fp16"; it works only with the address of a folder/);
  assert.equal((await failed("/variants/", { varient: "fp16" })).code, "unknown-option");
  const lists = await page.evaluate(async (config) => {
    const of = (weights) => codeOf(() => diffuser.load({ config, weights }));
    return Promise.all([of([]), of(["a"]), of([new ArrayBuffer(8), 5])]);
  }, tinyConfig);
  assert.deepEqual(lists, new Array(3).fill("invalid-source"));
});
