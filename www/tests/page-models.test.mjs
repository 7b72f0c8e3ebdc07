// Other models on the page and in the element: what was taken for granted is said, and addresses are what people have.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { openElement } from "./element-site.mjs";
import { setUp } from "./helpers.mjs";
import { openPage, problem, text, untilRun } from "./page-site.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
site.putModel("/unscheduled/");
site.put("/unscheduled/scheduler/scheduler_config.json", { status: 404 });
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const named = (page, name) =>
  page.waitForFunction((expected) => document.getElementById("model-name")?.textContent === expected, name);

async function loadModel(page, address) {
  if (!(await page.isVisible("#model-form"))) await page.click("#model-change");
  await page.fill("#model-url", address);
  await page.click("#model-load");
}

test("what was taken for granted is said beside the model, until another one is loaded", async () => {
  const page = await openPage(browser, site, "steps=1");
  assert.equal(await page.isVisible("#model-warnings"), false);
  await loadModel(page, `${site.origin}/unscheduled/`);
  await named(page, "unscheduled");
  assert.match(
    await text(page, "model-warnings"),
    /^The model has no scheduler_config\.json.*its pictures are wrong\.$/,
  );
  assert.equal(await page.isVisible("#model-warnings"), true);
  await loadModel(page, "/tiny/unet/config.json");
  await named(page, "unet");
  assert.match(
    await text(page, "model-warnings"),
    /^The scheduler is that of .*\/tiny\/scheduler\/scheduler_config\.json\.$/,
  );
  await loadModel(page, "/tiny/");
  await named(page, "tiny");
  assert.equal(await text(page, "model-warnings"), "");
});

test("a model of another sampler's family is said to be one, in German too, and begins with the nearest and its spacing", async () => {
  for (const name of ["EulerAncestralDiscreteScheduler", "UniPCMultistepScheduler"])
    site.putModel(`/${name}/`, { scheduler: { ...tinyScheduler, _class_name: name } });
  const page = await openPage(browser, site, "steps=1&lang=de");
  const set = () =>
    page.evaluate(() => [
      document.querySelector("input[name=sampler]:checked").value,
      document.getElementById("trajectory").value,
    ]);
  await loadModel(page, "/EulerAncestralDiscreteScheduler/");
  await named(page, "EulerAncestralDiscreteScheduler");
  assert.match(
    await text(page, "model-warnings"),
    /^Das Modell ist für den EulerAncestralDiscreteScheduler .* Der nächste ist DDPM\./,
  );
  assert.deepEqual(await set(), ["ddpm", "linspace"]);
  await loadModel(page, "/UniPCMultistepScheduler/");
  await named(page, "UniPCMultistepScheduler");
  assert.match(await text(page, "model-warnings"), /UniPCMultistepScheduler .* Der nächste ist DDIM\./);
  assert.deepEqual(await set(), ["ddim", "linspace"]);
  const asked = await openPage(browser, site, "steps=1&sampler=vdm", { model: "/EulerAncestralDiscreteScheduler/" });
  assert.match(
    await text(asked, "model-warnings"),
    /^The model was made for diffusers' .* The nearest is DDPM\. It is set, unless you/,
  );
  assert.equal(await asked.evaluate(() => document.querySelector("input[name=sampler]:checked").value), "vdm");
});

test("a model without a size asks for one, and its size is part of the address and of Share's code", async () => {
  site.putModel("/sizeless/", { config: { sample_size: null } });
  const page = await openPage(browser, site, "steps=1&images=1");
  await loadModel(page, "/sizeless/");
  await page.waitForFunction(() => document.getElementById("model-problem")?.textContent.includes("sample_size"));
  assert.match(await problem(page, "model"), /sample_size in config\.json is null/);
  await page.fill("#model-side", "7.5");
  await page.click("#model-load");
  assert.match(await problem(page, "model"), /^The size of the images is a side in pixels, from 1 to 1024/);
  await page.fill("#model-side", "16, 24");
  await page.click("#model-load");
  await named(page, "sizeless");
  assert.match(await text(page, "model-size"), /24 × 16/);
  await page.click("#generate");
  await untilRun(page, "done");
  await page.click("#share-open");
  await page.waitForSelector("#share-copy:not(:disabled)");
  const link = new URL(await page.inputValue("#share-text"));
  assert.deepEqual([link.searchParams.get("model"), link.searchParams.get("size")], ["/sizeless/", "16,24"]);
  await page.check("input[name=share-as][value=embed]");
  await page.waitForFunction(() => document.getElementById("share-text")?.value.includes("<diffusion-sampler"));
  assert.match(await page.inputValue("#share-text"), /model="[^"]*\/sizeless\/" .*size="16,24"/);
  const again = await openPage(browser, site, link.search, { model: "" });
  await named(again, "sizeless");
  assert.equal(await text(again, "model-size"), await text(page, "model-size"));
});

test("an element takes a size, and another one of the same model its own", async () => {
  const [a, b] = ["a", "b"].map(
    (id) =>
      `<diffusion-sampler id="${id}" model="/tiny/" backend="cpu" steps="1" ${id === "a" ? 'size="16"' : ""}></diffusion-sampler>`,
  );
  const page = await openElement(browser, site, a + b);
  const shapes = await page.evaluate(async () => {
    const shape = (element) =>
      new Promise((resolve) => element.addEventListener("load", ({ detail }) => resolve(detail.model.shape)));
    const found = Promise.all([shape(globalThis.a), shape(globalThis.b)]);
    await Promise.all([globalThis.a.generate(), globalThis.b.generate()]);
    return found;
  });
  assert.deepEqual(shapes, [
    [1, 16, 16],
    [1, 8, 8],
  ]);
});

test("a model of the hub is loaded by its name, and Share leads to its files", async () => {
  const page = await openPage(browser, site, "steps=1&images=1");
  await page.route("https://huggingface.co/**", async (route) => {
    const path = new URL(route.request().url()).pathname.replace("/someone/ddpm-tiny/resolve/main/", "/tiny/");
    await route.fulfill({ response: await route.fetch({ url: site.origin + path }) });
  });
  await page.click("#model-change");
  await page.fill("#model-url", "someone/ddpm-tiny");
  await page.locator("#model-url").blur();
  await page.waitForFunction(() => / to download\.$/.test(document.getElementById("model-cost")?.textContent));
  await page.click("#model-load");
  await named(page, "ddpm-tiny");
  await page.click("#generate");
  await untilRun(page, "done");
  await page.click("#share-open");
  await page.waitForSelector("#share-copy:not(:disabled)");
  const link = new URL(await page.inputValue("#share-text"));
  assert.equal(link.searchParams.get("model"), "https://huggingface.co/someone/ddpm-tiny/resolve/main/");
});

test("addresses that are no web address are refused in words", async () => {
  const page = await openPage(browser, site, "steps=1");
  for (const address of ["javascript:alert(1)", "data:text/plain,x", "mailto:me@example.org"]) {
    await loadModel(page, address);
    assert.match(await problem(page, "model"), /^Source is .* which begins with https: or http:.*tiny stays loaded\.$/);
  }
});

test("of several sets of weights the page says which one it took, and a damaged file of PyTorch is refused", async () => {
  const page = await openPage(browser, site, "steps=1");
  const file = (name, buffer) => ({ name, mimeType: "application/octet-stream", buffer });
  const json = (name, value) => file(name, Buffer.from(JSON.stringify(value)));
  const configs = [json("config.json", tinyConfig), json("scheduler_config.json", tinyScheduler)];
  await page.click("#model-change");
  await page.setInputFiles("#model-files", [
    ...configs,
    file("diffusion_pytorch_model.bin", Buffer.from([0x80, 2, 125])),
  ]);
  assert.match(
    await problem(page, "model"),
    /^The weights are a damaged file of PyTorch: .*torch\.save\. tiny stays loaded\.$/,
  );
  const weights = Buffer.from(tinyWeights());
  const latents = [
    ...configs,
    json("model_index.json", { _class_name: "LDMPipeline" }),
    file("w.safetensors", weights),
  ];
  await page.setInputFiles("#model-files", latents);
  await page.waitForFunction(() => /LDMPipeline/.test(document.getElementById("model-problem")?.textContent));
  await page.setInputFiles("#model-files", [
    ...configs,
    file("diffusion_pytorch_model.safetensors", Buffer.from("damaged")),
    file("diffusion_pytorch_model.fp16.safetensors", weights),
  ]);
  await named(page, "Files of yours");
  assert.match(
    await text(page, "model-warnings"),
    /^“diffusion_pytorch_model\.fp16\.safetensors” is used for the weights, not diffusion_pytorch_model\.safetensors\.$/,
  );
});

test("the element tells it on the console and in its load event", async () => {
  const page = await openElement(browser, site, "");
  const said = [];
  page.on("console", (message) => message.type() === "warning" && said.push(message.text()));
  const codes = await page.evaluate(async () => {
    document.body.insertAdjacentHTML(
      "beforeend",
      '<diffusion-sampler id="a" model="/unscheduled/" backend="cpu" steps="1"></diffusion-sampler>',
    );
    const element = document.getElementById("a");
    const loaded = new Promise((resolve) => {
      element.addEventListener("load", ({ detail }) => resolve(detail.model.warnings.map(({ code }) => code)));
    });
    await element.generate();
    return loaded;
  });
  assert.deepEqual(codes, ["scheduler-missing"]);
  assert.match(said.join("\n"), /^diffusion-sampler, .*\/unscheduled\/: the model has no scheduler_config\.json/);
});
