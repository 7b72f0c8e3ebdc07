// defaults.json: the options that suit a model. The library checks and tells them, and samples by its own.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { openElement } from "./element-site.mjs";
import { blankPage, setUp } from "./helpers.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
});

const DEFAULTS = { sampler: "ddim", eta: 0.5, steps: 3, trajectory: "trailing", clip: "x0-eps", guidance: 1.5 };
const infoOf = (folder) => page.evaluate(async (folder) => (await diffuser.load(folder)).info, folder);
/** What loading a folder with such a file rejects with. */
const refusal = (defaults, more) => {
  site.putModel("/refused/", { defaults, ...more });
  return page.evaluate(() => failure(() => diffuser.load("/refused/")));
};

test("a model tells its defaults, from a folder and from files; one without the file has none", async () => {
  site.putModel("/suited/", { defaults: DEFAULTS });
  assert.deepEqual((await infoOf("/suited/")).defaults, DEFAULTS);
  assert.equal("defaults" in (await infoOf("/tiny/")), false);
  const files = { config: tinyConfig, scheduler: tinyScheduler, labels: ["a", "b", "no class"], defaults: DEFAULTS };
  const told = await page.evaluate(
    async ([files, weights]) => {
      const model = await diffuser.load({ ...files, weights: new Uint8Array(weights).buffer });
      return model.info.defaults;
    },
    [files, new Uint8Array(tinyWeights())],
  );
  assert.deepEqual(told, DEFAULTS);
});

test("sample and plan keep the library's own defaults", async () => {
  site.putModel("/suited/", { defaults: DEFAULTS });
  const [suited, plain] = await page.evaluate(async () => {
    const models = [await diffuser.load("/suited/"), await diffuser.load("/tiny/")];
    return Promise.all(
      models.map(async (model) => [await model.plan(), await texts(model.sample({ seed: 3, labels: [1] }))]),
    );
  });
  assert.deepEqual(suited, plain);
  assert.equal(suited[0].timesteps.length, 50);
});

test("what is wrong in the file is an error at load, which names file, option, value and what is allowed", async () => {
  const cases = [
    [{ stepz: 3 }, /^in defaults\.json there is no option `stepz`; the options are sampler, .*guidance$/],
    [{ seed: 3 }, /^in defaults\.json there is no option `seed`/],
    [{ steps: 0 }, /^in defaults\.json `steps` is 0; it must be an integer from 1 to 1000$/],
    [{ steps: "ten" }, /^in defaults\.json `steps` is "ten"; it must be/],
    [{ steps: 2000 }, /^in defaults\.json `steps` is 2000; it must be an integer from 1 to 1000$/],
    [{ sampler: "euler" }, /^in defaults\.json `sampler` is "euler"; it must be one of "ddpm"/],
    [{ sampler: "ddpm", eta: 0.5 }, /^in defaults\.json `eta` is 0\.5; it works only with sampler "ddim"/],
    [{ trajectory: { a: 1 } }, /^in defaults\.json `trajectory` is "an object"; it must be/],
    [{ clip: "yes" }, /^in defaults\.json `clip` is "yes"; it must be one of "none"/],
    [{ guidance: -1 }, /^in defaults\.json `guidance` is -1; it must be a number from 0 to 100$/],
    [{ guidance: "2" }, /^in defaults\.json `guidance` is "2"; it must be a number from 0 to 100$/],
    [[50], /^in defaults\.json `options` is \[50\]; it must be an object$/],
  ];
  for (const [defaults, message] of cases) {
    const error = await refusal(defaults);
    assert.deepEqual([error.code, error.name], ["config-invalid", "UnnoiseError"], JSON.stringify(defaults));
    assert.match(error.message, message);
    assert.match(error.hint, /docs\/models\.md/);
  }
  const unguided = await refusal({ guidance: 2 }, { labels: ["a", "b", "c"] });
  assert.match(unguided.message, /`guidance` is 2; it must be 1: the network has no label named "no class"/);
  site.put("/refused/defaults.json", { type: "application/json", body: "{" });
  assert.match((await page.evaluate(() => failure(() => diffuser.load("/refused/")))).message, /defaults\.json is not/);
});

test("guidance of 1 fits a network whose classes have no names", async () => {
  site.putModel("/unnamed/", { defaults: { guidance: 1 }, labels: null });
  site.put("/unnamed/labels.json", { status: 404 });
  assert.deepEqual((await infoOf("/unnamed/")).defaults, { guidance: 1 });
});

test("defaults that ask for a table that is not there are not used, and a warning says so", async () => {
  site.putModel("/untabled/", { defaults: { sampler: "analytic-ddpm", steps: 20 } });
  const { defaults, warnings } = await infoOf("/untabled/");
  assert.deepEqual([defaults, warnings.map(({ code }) => code)], [undefined, ["defaults-unused"]]);
});

const models = new URL("../../models/", import.meta.url);
const bundled = (await readdir(models, { withFileTypes: true })).filter((entry) => entry.isDirectory());
const read = async (path) => JSON.parse(await readFile(new URL(path, models), "utf8"));

test("every bundled model has defaults that it takes", async () => {
  for (const { name } of bundled) {
    const { defaults, warnings } = await infoOf(`/models/${name}/`);
    assert.deepEqual([defaults, warnings], [await read(`${name}/defaults.json`), []], name);
  }
});

test("every bundled model's model_index.json names the files of ours that are there, and is else what diffusers reads", async () => {
  for (const { name } of bundled) {
    const { _unnoise, ...rest } = await read(`${name}/model_index.json`);
    const ours = (await readdir(new URL(name, models))).filter((file) => /^(?!model_index).*\.json$/.test(file));
    assert.deepEqual(_unnoise.split(" ").sort(), ours.sort(), name);
    // diffusers takes an entry with "_" before it for none of its own; every other one must be a part of the pipeline.
    for (const [key, value] of Object.entries(rest)) {
      if (key.startsWith("_")) assert.equal(typeof value, "string", `${name}: ${key}`);
      else
        assert.deepEqual(
          value.map((word) => typeof word),
          ["string", "string"],
          `${name}: ${key}`,
        );
    }
  }
});

test("the element takes a model's defaults for the attributes that are absent, and none of another sampler's", async () => {
  const { sampler, eta, steps, trajectory, clip, guidance } = DEFAULTS;
  site.putModel("/suited/", { defaults: DEFAULTS });
  site.putModel("/listed/", { defaults: { trajectory: [900, 500, 100], steps: 3, clip: "none" } });
  site.putModel("/ancestral/", {
    defaults: { sampler: "ddpm", variance: "large", sigmaClip: 2, steps: 4, clip: "x0-eps" },
  });
  const cases = [
    ["/suited/", "", DEFAULTS],
    ["/suited/", 'steps="5" clip="none"', { ...DEFAULTS, steps: 5, clip: "none" }],
    ["/suited/", 'sampler="ddpm"', { sampler: "ddpm", steps, trajectory, clip, guidance }],
    ["/suited/", 'sampler="vdm"', { sampler: "vdm", steps, guidance }],
    ["/suited/", 'trajectory="900, 100"', { sampler, eta, trajectory: [900, 100], clip, guidance }],
    ["/listed/", "", { trajectory: [900, 500, 100], clip: "none" }],
    ["/listed/", 'steps="5"', { steps: 5, clip: "none" }],
    ["/ancestral/", "", { sampler: "ddpm", variance: "large", sigmaClip: 2, steps: 4, clip: "x0-eps" }],
    ["/ancestral/", 'sigma-clip="0"', { sampler: "ddpm", variance: "large", sigmaClip: 0, steps: 4, clip: "x0-eps" }],
    ["/ancestral/", 'eta="0.5"', { sampler: "ddim", eta: 0.5, steps: 4, clip: "x0-eps" }],
    ["/tiny/", 'steps="3"', { steps: 3 }],
  ];
  const shown = await openElement(browser, site, "");
  for (const [model, attributes, options] of cases) {
    const [made, expected] = await shown.evaluate(
      async ([model, attributes, options]) => {
        document.body.innerHTML = `<diffusion-sampler model="${model}" backend="cpu" seed="3" labels="a" ${attributes}></diffusion-sampler>`;
        const element = document.body.firstElementChild;
        const complete = new Promise((resolve, reject) => {
          element.addEventListener("complete", ({ detail }) => resolve(detail.x));
          element.addEventListener("error", ({ detail }) => reject(new Error(detail.message)));
        });
        void element.generate();
        const { Diffuser } = await import("/pkg/index.js");
        globalThis.own ??= await Diffuser.create({ backend: "cpu" });
        const loaded = await globalThis.own.load(model);
        const { x } = await loaded.sample({ ...options, seed: 3, labels: [0] }).result();
        return [(await complete).join(), x.join()];
      },
      [model, attributes, options],
    );
    assert.equal(made, expected, `${model} ${attributes}`);
  }
});
