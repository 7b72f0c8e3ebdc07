// The element's attributes and properties, how it looks, and its manners: motion, sight, keyboard, accessibility.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { afterEach, test } from "node:test";
import { messageOf, openElement, TINY, untilState } from "./element-site.mjs";
import { setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const ONE = `<diffusion-sampler id="a" ${TINY}></diffusion-sampler>`;

/** What each wrong attribute is told by. The first half is known at once, the second by the engine or the model. */
const WRONG_AT_ONCE = {
  sampler: ["euler", "invalid-sampler", /`sampler` is "euler"; it must be one of "ddim", "ddpm"/],
  variance: ["tiny", "invalid-variance", /"small", "large"/],
  steps: ["2.5", "invalid-steps", /`steps` is "2\.5"; it must be a whole number, 1 or more/],
  eta: ["", "invalid-eta", /`eta` is ""; it must be a number/],
  trajectory: ["up", "invalid-trajectory", /or a list of timesteps/],
  clip: ["x1", "invalid-clip", /"x0-eps"/],
  "sigma-clip": ["off", "invalid-sigma-clip", /a number/],
  size: ["1, 2, 3", "invalid-size", /from 1 to 1024, or height and width: "64, 32"/],
  compat: ["onnx", "invalid-compat", /`compat` is "onnx"; it must be one of "diffusers"/],
  seed: ["-1", "invalid-seed", /a whole number, 0 or more/],
  seeds: ["1, b", "invalid-seeds", /one or more whole numbers/],
  first: ["5, 5", "invalid-first", /how many images the whole batch has: "5, 16"/],
  rng: ["mt", "invalid-rng", /"philox", "torch"/],
  guidance: ["strong", "invalid-guidance", /a number/],
  batch: ["0", "invalid-batch", /a whole number, 1 or more/],
  backend: ["gpu", "invalid-backend", /"auto", "cpu", "webgpu"/],
  show: ["x", "invalid-show", /"x0", "xt"/],
  controls: ["all", "invalid-controls", /"full", "minimal", "none"/],
  scale: ["1.5", "invalid-scale", /a whole number/],
  columns: ["0", "invalid-columns", /a whole number/],
  aspect: ["wide", "invalid-aspect", /"4 \/ 3"/],
  to: ["b", "invalid-to", /a whole number/],
  at: ["0.5", "invalid-to", /a second seed/],
};
const WRONG_LATER = {
  model: ["http://", "invalid-model", /the address of a model's folder/],
  labels: [
    "c",
    "invalid-labels",
    /`labels` is "c"; it must be "each", "any", or names or numbers of classes: a, b, no class/,
  ],
  steps: ["5000", "invalid-steps", /5000/],
  eta: ["7", "invalid-eta", /7/],
  trajectory: ["5, 9", "invalid-trajectory", /9/],
  variance: ["small", "invalid-variance", /variance/],
  seeds: ["1, 2", "invalid-seeds", /given beside `seed`/],
  first: ["5000", "invalid-first", /from 0 to 4095/],
};

test("what is no number is refused by every attribute for numbers, and nothing runs", async () => {
  const page = await openElement(browser, site, ONE);
  const found = await page.evaluate(async () => {
    const messages = [];
    let steps = 0;
    a.addEventListener("error", ({ detail }) => messages.push(detail.message));
    a.addEventListener("step", () => steps++);
    const names = ["steps", "eta", "sigma-clip", "seed", "guidance", "batch", "to", "at", "branch", "scale", "columns"];
    for (const name of names) {
      const before = a.getAttribute(name);
      for (const value of ["", " ", "1e", "--", "NaN", "Infinity", "1e999", ",", "0.5,", "9".repeat(5000)]) {
        if (name === "at") a.setAttribute("to", "1");
        if (value.length > 9 && ["eta", "sigma-clip", "guidance"].includes(name)) continue;
        const from = messages.length;
        a.setAttribute(name, value);
        await a.generate().catch(() => {});
        const said = messages.slice(from).at(-1) ?? "nothing";
        if (!said.startsWith(`\`${name}\` is "`) || said.length > 200)
          messages.push(`WRONG ${name}="${value}": ${said}`);
      }
      if (before === null) a.removeAttribute(name);
      else a.setAttribute(name, before);
      a.removeAttribute("to");
    }
    for (const [name, value] of [
      ["batch", "999999999"],
      ["columns", "999999999"],
      ["scale", "999999999"],
    ]) {
      a.setAttribute(name, value);
      await new Promise(requestAnimationFrame);
      a.removeAttribute(name);
    }
    return { wrong: messages.filter((message) => message.startsWith("WRONG")), steps, count: messages.length };
  });
  assert.deepEqual(found.wrong, []);
  assert.equal(found.steps, 0);
  assert.ok(found.count > 90, `${found.count}`);
});

test("a wrong attribute is told at once, in words and by an event, and taken back when it is put right", async () => {
  const page = await openElement(browser, site, ONE);
  for (const [name, [value, code, words]] of Object.entries(WRONG_AT_ONCE)) {
    const { was, found, error } = await page.evaluate(async ([name, value]) => {
      const was = a.getAttribute(name);
      const told = new Promise((resolve) => a.addEventListener("error", ({ detail }) => resolve(detail), { once: true }));
      a.setAttribute(name, value);
      return { was, found: (await told).code, error: (await told).error.name };
    }, [name, value]); // biome-ignore format: one call
    assert.deepEqual([found, error], [code, "UnnoiseError"], name);
    assert.match(await messageOf(page), words, name);
    assert.equal(await page.evaluate(() => a.generate()), "failed", name);
    await page.evaluate(
      ([name, was]) => (was === null ? a.removeAttribute(name) : a.setAttribute(name, was)),
      [name, was],
    );
    assert.equal(await page.evaluate(() => a.generate()), "complete", name);
    assert.equal(await messageOf(page), "", name);
  }
  assert.deepEqual(page.complaints, []);
});

test("what only the engine or the model can refuse fails the run, and is told the same way", async () => {
  const page = await openElement(browser, site, ONE);
  for (const [name, [value, code, words]] of Object.entries(WRONG_LATER)) {
    const [outcome, told] = await page.evaluate(async ([name, value]) => {
      a.replaceWith(Object.assign(a.cloneNode(), { id: "a" }));
      a.setAttribute(name, value);
      const error = new Promise((resolve) => a.addEventListener("error", ({ detail }) => resolve(detail.code)));
      return [await a.generate(), await error];
    }, [name, value]); // biome-ignore format: one call
    assert.deepEqual([outcome, told], ["failed", code], name);
    assert.match(await messageOf(page), words, name);
    await page.evaluate((name) => a.removeAttribute(name), name);
    await page.evaluate(() => a.setAttribute("model", "/tiny/"));
  }
});

test("properties reflect attributes, also those that were set before the element was defined", async () => {
  const early =
    "<script>const early = document.createElement('diffusion-sampler'); early.steps = 5; early.loop = true;</script>";
  const page = await openElement(browser, site, ONE, { head: early });
  const found = await page.evaluate(() => {
    document.body.append(early);
    Object.assign(a, { sigmaClip: 2, trajectory: [900, 100, 0], smooth: true, seed: null, guidance: 1.5, at: [0, 1] });
    Object.assign(a, { seeds: [1, 2], first: [5, 16] });
    return [
      early.outerHTML,
      a.getAttribute("sigma-clip"),
      a.trajectory,
      a.smooth,
      a.hasAttribute("seed"),
      a.guidance,
      a.at,
      a.getAttribute("seeds"),
      a.first,
    ];
  });
  assert.deepEqual(found.slice(1), ["2", "900,100,0", true, false, 1.5, "0,1", "1,2", "5,16"]);
  assert.match(found[0], /steps="5" loop=""/);
});

test("labels go by name, number or each", async () => {
  const page = await openElement(browser, site, ONE);
  const asked = await page.evaluate(async () => {
    const found = [];
    const { Model } = await import("/pkg/index.js");
    const { sample } = Model.prototype;
    Model.prototype.sample = function (options) {
      found.push(options.labels);
      return sample.call(this, options);
    };
    for (const [labels, batch] of [["B", 1], ["0, b", 2], ["each", 3], [2, 1], ["any", 1]]) {
      Object.assign(a, { labels, batch, steps: 1 });
      await a.generate();
    }
    return found;
  }); // biome-ignore format: a table
  assert.deepEqual(asked, [[1], [0, 1], [0, 1, 0], [2], undefined]);
});

test("seeds make an image each, and first one image of the seed's batch", async () => {
  const page = await openElement(browser, site, ONE);
  const [batch, alone, seeded, captions] = await page.evaluate(async () => {
    const captions = [];
    const pictures = async (attributes) => {
      Object.assign(a, { sampler: "ddpm", rng: "torch", seed: null, seeds: null, first: null, batch: null, ...attributes });
      const complete = new Promise((resolve) => a.addEventListener("complete", ({ detail }) => resolve(detail), { once: true }));
      await a.generate();
      captions.push(a.shadowRoot.querySelector("[part=caption]").textContent);
      return (await complete).images.map(({ data }) => data.join());
    };
    const batch = await pictures({ seed: 7, batch: 4 });
    const alone = await pictures({ seed: 7, first: [2, 4] });
    const seeded = [await pictures({ seeds: [7, 8] }), await pictures({ seed: 7 }), await pictures({ seed: 8 })];
    return [batch, alone, seeded, captions];
  }); // biome-ignore format: calls in a line
  assert.deepEqual(alone, [batch[2]]);
  assert.deepEqual(seeded[0], [...seeded[1], ...seeded[2]]);
  assert.match(captions[1], /seed 7, image 3 of 4/);
  assert.match(captions[2], /2 images · seeds 7, 8/);
});

test("autoplay begins in sight, and a run waits out of sight", async () => {
  const tall = '<div id="tall" style="height: 3000px"></div>';
  const page = await openElement(browser, site, `${tall}${ONE}`);
  await page.evaluate(() => {
    Object.assign(a, { autoplay: true, steps: 1000 });
    globalThis.seen = false;
    new IntersectionObserver((entries) => (globalThis.seen = entries.at(-1).isIntersecting)).observe(a);
  });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  assert.equal(await page.evaluate(() => a.state), "idle");

  await page.evaluate(() => a.scrollIntoView());
  await page.waitForFunction(() => a.current?.index > 1);
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForFunction(() => !seen);
  // The step at hand may still come; no other does.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  const [there, later, state] = await page.evaluate(async () => {
    const { index } = a.current;
    await new Promise((resolve) => setTimeout(resolve, 150));
    return [index, a.current.index, a.state];
  });
  assert.equal(later, there);
  assert.equal(state, "running");
  await page.evaluate(() => a.scrollIntoView());
  await page.waitForFunction((index) => a.current.index > index, later);
});

test("loop begins again: what has a seed is looked at again, what has none is made anew", async () => {
  const page = await openElement(browser, site, ONE);
  await page.evaluate(() => {
    a.loop = true;
    return a.generate();
  });
  await page.waitForFunction(() => a.state === "complete" && !a.paused);
  await page.evaluate(() => {
    a.stop();
    a.removeAttribute("seed");
    globalThis.seeds = new Set();
    a.addEventListener("complete", ({ detail }) => seeds.add(detail.seed));
    return a.generate();
  });
  await page.waitForFunction(() => seeds.size > 1);
});

test("who asks for no motion gets no autoplay, no loop, and the result alone", async () => {
  const page = await openElement(browser, site, ONE.replace(" id", " autoplay loop id"), { reducedMotion: "reduce" });
  await page.waitForFunction(() =>
    new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))).then(() => true),
  );
  assert.equal(await page.evaluate(() => a.state), "idle");
  const pictures = await page.evaluate(async () => {
    const canvas = a.shadowRoot.querySelector(".picture");
    const pictures = [canvas.toDataURL()];
    a.addEventListener("step", () => pictures.push(canvas.toDataURL()));
    await a.generate();
    await Promise.resolve();
    pictures.push(canvas.toDataURL());
    a.seek(1);
    pictures.push(canvas.toDataURL());
    return pictures.map((picture) => pictures.indexOf(picture));
  });
  assert.deepEqual(pictures, [0, 0, 0, 0, 4, 5]);
});

test("its box stands before anything is loaded and does not move", async () => {
  const looks = {
    'batch="6"': [300, 200 + 76],
    'batch="6" columns="6" controls="minimal"': [300, 50],
    'aspect="4/3" controls="none"': [300, 225],
    "": [300, 300 + 76],
  };
  for (const [look, size] of Object.entries(looks)) {
    const page = await openElement(browser, site, "<style>diffusion-sampler { width: 300px }</style>");
    const box = () => page.evaluate(() => [a.offsetWidth, a.offsetHeight]);
    const markup = `<div style="display: flex">${ONE.replace(" id", ` ${look} id`)}<p style="margin: 0">beside</p></div><p>after</p>`;
    await page.evaluate((markup) => document.body.insertAdjacentHTML("beforeend", markup), markup);
    assert.deepEqual(await box(), size, look);
    await page.evaluate(() => a.generate());
    assert.deepEqual(await box(), size, look);
    await page.evaluate(() => {
      a.model = "/nowhere/";
      return a.generate();
    });
    assert.deepEqual(await box(), size, look);
    assert.deepEqual(await page.evaluate(() => shifts), [], look);
  }
});

test("everything by keyboard, and by name", async () => {
  const page = await openElement(browser, site, ONE);
  await page.keyboard.press("Tab");
  const focused = () => page.evaluate(() => a.shadowRoot.activeElement?.ariaLabel);
  assert.equal(await focused(), "Generate");
  await page.keyboard.press("Enter");
  await untilState(page, "complete");
  assert.equal(await focused(), "Play");
  const names = [];
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => a.shadowRoot.activeElement.ariaLabel ?? a.shadowRoot.activeElement.value));
  }
  assert.deepEqual(names, ["One step", "Step shown", "Generate again", "x0"]);
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => a.show), "xt");
  await page.getByRole("slider").press("ArrowLeft");
  assert.equal(await page.evaluate(() => a.current.index), 1);
  const status = await page.evaluate(() => a.shadowRoot.querySelector("[role=status]").textContent);
  assert.equal(status, "Finished: DDIM · 3 steps · seed 7");

  await page.evaluate(() => {
    a.controls = "minimal";
  });
  await page.getByRole("button", { name: "Generate again" }).press("Enter");
  await page.waitForFunction(() => told.filter(({ type }) => type === "complete").length === 2);
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe-core finds nothing in it (${colorScheme})`, async () => {
    // axe-core takes a page without a background for white.
    const dark = "@media (prefers-color-scheme: dark) { body { background: #121212; color: #eee } }";
    const head = `<meta name="color-scheme" content="light dark"><style>${dark}</style>`;
    const others = `<diffusion-sampler id="b" steps="no" controls="minimal"></diffusion-sampler>`;
    const markup = `<main><h1>A post</h1>${ONE}${others}</main>`;
    const page = await openElement(browser, site, markup, { colorScheme, head });
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
    const faults = () =>
      page.evaluate(async () => {
        const { violations } = await axe.run(document, { resultTypes: ["violations"] });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ failureSummary }) => `${id}: ${failureSummary}`));
      });
    assert.deepEqual(await faults(), []);
    await page.evaluate(() => a.generate());
    assert.deepEqual(await faults(), []);
  });
}
