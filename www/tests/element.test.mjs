// The element: what it shares, what it gives back, and what its methods do.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { kinds, messageOf, openElement, TINY, untilState, untilWorkers, weightsSent } from "./element-site.mjs";
import { setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
beforeEach(() => site.requests.splice(0));
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

const ONE = `<diffusion-sampler id="a" ${TINY}></diffusion-sampler>`;
const TWO = `${ONE}<diffusion-sampler id="b" ${TINY}></diffusion-sampler>`;

/** Runs the element `a`, does something to it when a step is there, and waits for how the run ends. */
function atStep(page, index, act, attributes = {}) {
  return page.evaluate(
    ([index, act, attributes]) => {
      for (const [name, value] of Object.entries(attributes)) a.setAttribute(name, value);
      const run = new Function("a", act);
      const once = ({ detail }) => {
        if (detail.step.index !== index) return;
        a.removeEventListener("step", once);
        run(a);
      };
      a.addEventListener("step", once);
      return a.generate();
    },
    [index, act, attributes],
  );
}

test("two elements share one worker and one copy of the weights, and the last removal gives everything back", async () => {
  const page = await openElement(browser, site, "");
  const before = await page.evaluate(() => holds());
  await page.evaluate((markup) => document.body.insertAdjacentHTML("beforeend", markup), TWO);
  const outcomes = await page.evaluate(() => Promise.all([a.generate(), b.generate()]));
  assert.deepEqual(outcomes, ["complete", "complete"]);
  assert.equal(page.workers().length, 1);
  assert.equal(weightsSent(site).length, 1);
  assert.deepEqual(await kinds(page, "b"), ["progress", "load", "step", "complete"]);

  await page.evaluate(() => a.remove());
  assert.equal(await page.evaluate(() => b.generate()), "complete");
  assert.equal(page.workers().length, 1);
  await page.evaluate(() => b.remove());
  await untilWorkers(page, 0);
  assert.deepEqual(await page.evaluate(() => holds()), before);
  assert.deepEqual(page.complaints, []);
});

test("the same seed gives the picture that the library gives", async () => {
  const page = await openElement(browser, site, ONE);
  const [mine, theirs] = await page.evaluate(async () => {
    Object.assign(a, {
      sampler: "ddpm",
      labels: ["b", 0],
      batch: 2,
      steps: 4,
      guidance: 2,
      variance: "large",
      clip: "x0-eps",
    });
    const complete = new Promise((resolve) => a.addEventListener("complete", ({ detail }) => resolve(detail)));
    await a.generate();
    const { Diffuser } = await import("/pkg/index.js");
    const model = await (await Diffuser.create({ backend: "cpu" })).load("/tiny/");
    const options = {
      sampler: "ddpm",
      labels: [1, 0],
      batch: 2,
      steps: 4,
      guidance: 2,
      variance: "large",
      clip: "x0-eps",
      seed: 7,
    };
    const { x, seed, images } = await complete;
    return [
      { x: [...x], seed, sizes: images.map(({ width, height }) => [width, height]) },
      { x: [...(await model.sample(options).result()).x] },
    ];
  });
  assert.deepEqual(mine.x, theirs.x);
  assert.deepEqual([mine.seed, mine.sizes], [7, [[8, 8], [8, 8]]]); // biome-ignore format: one row
});

test("an interpolation begins and ends with the pictures of its seeds and classes", async () => {
  const page = await openElement(browser, site, ONE);
  const [between, ends, said] = await page.evaluate(async () => {
    const pictures = async (attributes) => {
      Object.assign(a, attributes);
      const complete = new Promise((resolve) => a.addEventListener("complete", ({ detail }) => resolve(detail), { once: true }));
      await a.generate();
      return (await complete).images.map(({ data }) => data.join());
    };
    const between = await pictures({ to: 9, at: "0 0.5 1", labels: "a, b", sampler: "ddpm" });
    const said = a.shadowRoot.querySelector(".caption").textContent;
    const ends = [];
    for (const [seed, labels] of [[7, "a"], [9, "b"]]) {
      ends.push(...(await pictures({ to: null, at: null, seed, labels })));
    }
    return [between, ends, said];
  }); // biome-ignore format: a table
  assert.equal(between.length, 3);
  assert.deepEqual([between[0], between[2]], ends);
  assert.ok(!ends.includes(between[1]));
  assert.equal(said, "DDPM · 3 steps · 3 images · a to b · seeds 7 to 9");
});

test("events come in order, and leave a shadow tree around the element", async () => {
  const page = await openElement(browser, site, '<div id="host"></div>');
  const outcome = await page.evaluate((markup) => {
    host.attachShadow({ mode: "open" }).innerHTML = markup;
    return host.shadowRoot.querySelector("diffusion-sampler").generate();
  }, ONE);
  assert.equal(outcome, "complete");
  assert.deepEqual(await kinds(page), ["progress", "load", "step", "complete"]);
  const told = await page.evaluate(() => globalThis.told);
  assert.deepEqual(
    told.filter(({ type }) => type === "step").map(({ index }) => index),
    [0, 1, 2],
  );
  const bytes = told.filter(({ type }) => type === "progress").map(({ loaded }) => loaded);
  assert.deepEqual(
    bytes,
    bytes.toSorted((a, b) => a - b),
  );
  assert.ok(bytes.at(-1) > 100_000);
});

test("removed in mid-run it ends its worker; put in again it shows its picture and runs anew", async () => {
  const page = await openElement(browser, site, ONE);
  assert.equal(await atStep(page, 1, "globalThis.kept = a; a.remove()", { steps: 50 }), "stopped");
  await untilWorkers(page, 0);
  const again = await page.evaluate(async () => {
    document.body.append(kept);
    const shown = [kept.state, kept.current.index, kept.current.steps];
    kept.steps = 2;
    return [...shown, await kept.generate(), kept.current.index];
  });
  assert.deepEqual(again, ["stopped", 1, 50, "complete", 1]);
  assert.equal(page.workers().length, 1);
});

test("moved within the page it goes on with its run", async () => {
  const page = await openElement(browser, site, `<div id="other"></div>${ONE}`);
  assert.equal(await atStep(page, 0, "document.querySelector('#other').append(a)", { steps: 5 }), "complete");
  assert.deepEqual(await kinds(page), ["progress", "load", "step", "complete"]);
  assert.equal(weightsSent(site).length, 1);
});

test("generate called twice: the newer one wins", async () => {
  const page = await openElement(browser, site, ONE);
  assert.deepEqual(await page.evaluate(() => Promise.all([a.generate(), a.generate()])), ["stopped", "complete"]);
  assert.equal(weightsSent(site).length, 1);
  const later = await page.evaluate(async () => {
    const first = a.generate();
    await new Promise((resolve) => a.addEventListener("step", resolve, { once: true }));
    return Promise.all([first, a.generate()]);
  });
  assert.deepEqual(later, ["stopped", "complete"]);
});

test("pause, step, seek, play and stop", async () => {
  const page = await openElement(browser, site, ONE);
  const found = await page.evaluate(async () => {
    a.steps = 6;
    const notes = [];
    const note = () => notes.push([a.state, a.paused, a.current?.index]);
    await a.step();
    note();
    await a.step();
    note();
    a.seek(1);
    note();
    await a.step();
    note();
    const complete = new Promise((resolve) => a.addEventListener("complete", resolve));
    a.play();
    await complete;
    note();
    a.seek(3);
    note();
    a.stop();
    note();
    return notes;
  });
  assert.deepEqual(found, [
    ["running", true, 0],
    ["running", true, 1],
    ["running", true, 0],
    ["running", true, 1],
    ["complete", true, 5],
    ["complete", true, 2],
    ["complete", true, 2],
  ]);
  assert.equal(await atStep(page, 2, "a.pause(); setTimeout(() => a.stop())", { steps: 50 }), "stopped");
  assert.deepEqual(await page.evaluate(() => [a.state, a.paused]), ["stopped", true]);
});

test("what is asked for while loading holds once it is loaded", async () => {
  const page = await openElement(browser, site, ONE);
  const found = await page.evaluate(async () => {
    void a.generate();
    const states = [a.state];
    const steps = [a.step(), a.step()];
    states.push(a.state);
    await Promise.all(steps);
    return [...states, a.state, a.paused, a.current.index];
  });
  assert.deepEqual(found, ["loading", "loading", "running", true, 1]);
});

test("stopped while loading it loads nothing more, and can begin again", async () => {
  let give;
  const gate = new Promise((resolve) => {
    give = resolve;
  });
  site.putModel("/gated/");
  site.put("/gated/labels.json", async () => {
    await gate;
    return { type: "application/json", body: "[]" };
  });
  const page = await openElement(browser, site, ONE.replace("/tiny/", "/gated/"));
  const stopped = await page.evaluate(async () => {
    const outcome = a.generate();
    await new Promise((resolve) => a.addEventListener("progress", ({ detail }) => detail.fraction > 0.34 && resolve()));
    a.stop();
    return [await outcome, a.state];
  });
  assert.deepEqual(stopped, ["stopped", "idle"]);
  await untilWorkers(page, 0);
  give();
  site.put("/gated/labels.json", { type: "application/json", body: '["a", "b", "no class"]' });
  assert.equal(await page.evaluate(() => a.generate()), "complete", await messageOf(page));
});

test("another model in mid-run ends the run and forgets its picture", async () => {
  site.putModel("/other/");
  const page = await openElement(browser, site, ONE);
  assert.equal(await atStep(page, 1, "a.model = '/other/'", { steps: 9 }), "stopped");
  assert.deepEqual(await page.evaluate(() => [a.state, a.current]), ["idle", undefined]);
  assert.equal(await page.evaluate(() => a.generate()), "complete");
  assert.equal(weightsSent(site, "/other/").length, 1);
  await untilWorkers(page, 1);
});

test("a missing model leaves the poster, says why, and lets no worker behind", async () => {
  const poster = '<img slot="poster" id="poster" alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">';
  const page = await openElement(browser, site, ONE.replace("/tiny/", "/nowhere/").replace("></", `>${poster}</`));
  assert.equal(await page.evaluate(() => a.generate()), "failed");
  const { code } = await page.evaluate(() => told.find(({ type }) => type === "error"));
  assert.equal(code, "http-status");
  assert.match(await messageOf(page), /The server answered 404 for .*\/nowhere\/unet\/config\.json/);
  assert.ok(await page.isVisible("#poster"));
  await untilWorkers(page, 0);
  site.putModel("/nowhere/");
  await page.getByRole("button", { name: "Try again" }).click();
  await untilState(page, "complete");
  assert.equal(await messageOf(page), "");
  assert.ok(!(await page.isVisible("#poster")));
});

test("after a crash of the engine the next run starts another", async () => {
  // The first step of the worker's life traps; the engine that replaces it has other glue.
  const trap = `const quick = Run.prototype.step;
    const module = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
    Run.prototype.step = () => new WebAssembly.Instance(new WebAssembly.Module(module)).exports.t();`;
  site.patch("/pkg/cpu/unnoise.js", { after: trap });
  const page = await openElement(browser, site, TWO);
  assert.equal(await page.evaluate(() => a.generate()), "failed");
  assert.equal(await page.evaluate(() => told.at(-1).code), "engine-crashed");
  site.drop("/pkg/cpu/unnoise.js");
  assert.deepEqual(await page.evaluate(() => Promise.all([a.generate(), b.generate()])), ["complete", "complete"]);
  assert.equal(page.workers().length, 1);
});
