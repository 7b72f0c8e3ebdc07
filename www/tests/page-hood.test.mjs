// The page's view "Under the hood", and the samplers that came with it.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, pixels, problem, slowSteps, text, untilRun } from "./page-site.mjs";
import { tinyScheduler } from "./tiny-model.mjs";

const N = tinyScheduler.num_train_timesteps;

/** A table like that of a good network: little noise is recognised near the data, nearly all of it far away. */
const TABLE = { mean_sq_eps: [0, ...Array.from({ length: N }, (_, t) => 1 - 0.8 * Math.exp(-t / 120))] };

/** Glue code after the CPU module's own: a term of a bound takes this long. */
const SLOW_TERMS = `const swift = Measurement.prototype.step;
  Measurement.prototype.step = async function (network) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return swift.call(this, network);
  };`;

const { browser, site } = await setUp();
site.putModel("/analytic/");
site.put("/analytic/analytic_dpm.json", { type: "application/json", body: JSON.stringify(TABLE) });
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  site.drop("/plot.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** Opens the page on the tiny model with a table. */
async function open(query = "", options = {}) {
  const page = await openPage(browser, site, query, { model: "/analytic/", ...options });
  // The tiny model has no f16 weights, which the library asks for first.
  page.complaints = page.complaints.filter((complaint) => !/404/.test(complaint));
  return page;
}

/** The same with the view shown and drawn. */
async function openHood(query = "", options = {}) {
  const page = await open(query, options);
  await page.click("#tab-hood");
  await page.waitForSelector("#path-legend li");
  return page;
}

/** What a legend says: each line's name, its count of points, and whether it is the chosen one. */
const legend = (page, name) =>
  page.$$eval(`#${name}-legend li`, (items) =>
    items.map((item) => ({
      name: item.childNodes[1].textContent,
      points: Number(item.getAttribute("data-points")),
      chosen: item.classList.contains("chosen"),
    })),
  );

/** Waits until the table has so many rows. */
const untilRows = (page, count) =>
  page.waitForFunction((n) => document.querySelectorAll("#factors-rows tr").length === n, count);

const generate = async (page) => {
  await page.click("#generate");
  await untilRun(page, "done");
};

const SAMPLERS = {
  "ddim with eta": ["sampler=ddim&eta=0.5", "DDIM η 0.5 · 4 steps"],
  ddpm: ["sampler=ddpm", "DDPM small · 4 steps"],
  "analytic-ddpm": ["sampler=analytic-ddpm", "Analytic-DDPM · 4 steps"],
  "analytic-ddim": ["sampler=analytic-ddim&eta=0.25", "Analytic-DDIM η 0.25 · 4 steps"],
  vdm: ["sampler=vdm", "VDM · 4 steps"],
};

for (const [name, [query, caption]] of Object.entries(SAMPLERS)) {
  test(`${name} runs from its address to its last step`, async () => {
    const page = await open(`steps=4&images=2&seed=3&class=a&${query}`);
    await generate(page);
    assert.equal(await text(page, "caption"), `${caption} · a · seed 3`);
    assert.equal(await text(page, "run-problem"), "");
    await page.fill("#scrub", "2");
    assert.match(await text(page, "read-t"), /^\d+(\.\d)?$/);
    assert.match(await text(page, "read-snr"), /^[\d.]+(e−\d)?$/);
    assert.deepEqual(page.complaints, []);
  });
}

test("every sampler shows the options it has, and sends no other", async () => {
  const page = await open("steps=2&seed=1");
  await page.click("#more summary");
  const fields = ["base-field", "eta-field", "variance-field", "sigma-clip-field"];
  const shown = () => page.evaluate((ids) => ids.filter((id) => !document.getElementById(id).hidden), fields);
  const trajectory = () => page.inputValue("#trajectory");
  const expected = [
    ["ddim", undefined, ["eta-field"], "leading"],
    ["ddpm", undefined, ["variance-field", "sigma-clip-field"], "leading"],
    ["analytic", "ddpm", ["base-field", "sigma-clip-field"], "leading"],
    ["analytic", "ddim", ["base-field", "eta-field", "sigma-clip-field"], "leading"],
    ["vdm", undefined, [], "own"],
  ];
  for (const [sampler, base, has, path] of expected) {
    await choose(page, "sampler", sampler);
    if (base) await choose(page, "base", base);
    assert.deepEqual(await shown(), has, sampler);
    assert.equal(await trajectory(), path);
    await generate(page);
  }
  assert.equal(await page.inputValue("#clip"), "none");
  await choose(page, "sampler", "ddim");
  assert.deepEqual([await trajectory(), await page.inputValue("#clip")], ["leading", "x0"]);
  await choose(page, "sampler", "analytic");
  assert.match(await text(page, "analytic-note"), /One table serves every class/);
  await page.fill("#guidance", "2");
  assert.match(await text(page, "analytic-note"), /With guidance the variance is not the optimal one/);
  await page.fill("#guidance", "1");
  assert.match(await text(page, "analytic-note"), /One table serves every class/);
  for (const sampler of ["analytic", "vdm"]) {
    await choose(page, "sampler", sampler);
    await page.click("#sampler-paper");
    assert.equal(await page.isVisible(`#paper-${sampler} math`), true);
    await page.keyboard.press("Escape");
  }
  assert.deepEqual(page.complaints, []);
});

for (const trajectory of ["even", "quadratic", "optimal"]) {
  test(`the trajectory ${trajectory} runs`, async () => {
    const page = await open("steps=5&seed=1&sampler=analytic-ddpm");
    await page.click("#more summary");
    await page.selectOption("#trajectory", trajectory);
    await generate(page);
    assert.match(await text(page, "count"), /^5 \/ 5$/);
  });
}

test("DDPM's last noise is bounded where that is asked for, whatever is set for Analytic-DPM", async () => {
  const page = await open("steps=3&seed=5&sampler=ddpm&variance=large");
  await page.click("#more summary");
  assert.equal(await page.inputValue("#sigma-clip"), "0");
  await generate(page);
  const free = await pixels(page);
  await page.fill("#sigma-clip", "2");
  for (const [sampler, kept] of [
    ["analytic", "1"],
    ["ddim", "1"],
    ["ddpm", "2"],
    ["vdm", "2"],
    ["analytic", "1"],
    ["ddpm", "2"],
  ]) {
    await choose(page, "sampler", sampler);
    assert.equal(await page.inputValue("#sigma-clip"), kept, sampler);
  }
  await page.fill("#seed", "5");
  await generate(page);
  assert.notEqual(await pixels(page), free);
  await page.click("#tab-hood");
  await untilRows(page, 3);
  // Of the steps to the timesteps 333, 0 and the data.
  const noises = await page.$$eval("#factors-rows tr", (rows) => rows.map(({ cells }) => Number(cells[6].textContent)));
  assert.ok(noises[0] > 0.5, `${noises}`);
  assert.ok(Math.abs(noises[1] - (4 / 255) * Math.sqrt(Math.PI / 2)) < 1e-9, `${noises}`);
  assert.deepEqual(page.complaints, []);
});

test("the bound of Analytic-DPM's last noise reaches the engine, and an impossible one is said", async () => {
  const page = await open("steps=3&seed=1&sampler=analytic-ddpm");
  await page.click("#more summary");
  await generate(page);
  const bounded = await pixels(page);
  await page.fill("#sigma-clip", "0");
  await generate(page);
  assert.notEqual(await pixels(page), bounded);
  await page.fill("#sigma-clip", "-1");
  assert.match(await problem(page, "sigma-clip"), /-1.*0 to 255/);
});

test("without a table Analytic-DPM and the optimal trajectory are disabled, and the reason is said", async () => {
  const page = await openPage(browser, site, "steps=2&sampler=analytic-ddpm");
  assert.equal(await page.isDisabled("input[name=sampler][value=analytic]"), true);
  assert.match(await text(page, "analytic-why"), /analytic_dpm\.json/);
  assert.match(await problem(page, "sampler"), /DDIM is chosen instead/);
  await page.click("#more summary");
  assert.equal(await page.isVisible("#optimal-why"), true);
  assert.equal(await page.isDisabled("#trajectory option[value=optimal]"), true);
  await generate(page);
  assert.match(await text(page, "caption"), /^DDIM · 2 steps/);
});

test("the tabs work by keyboard, and the address keeps the view", async () => {
  const page = await open();
  const selected = () => page.$eval("[role=tab][aria-selected=true]", (tab) => [tab.id, document.activeElement.id]);
  const views = async () => [await page.isVisible("#viewer"), await page.isVisible("#hood")];
  await page.focus("#tab-generate");
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
  assert.deepEqual(await selected(), ["tab-compare", "tab-compare"]);
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(
    [await selected(), await views()],
    [
      ["tab-hood", "tab-hood"],
      [false, true],
    ],
  );
  assert.equal(new URL(page.url()).hash, "#under-the-hood");
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(
    [await selected(), await views()],
    [
      ["tab-generate", "tab-generate"],
      [true, false],
    ],
  );
  await page.keyboard.press("End");
  assert.deepEqual((await selected())[0], "tab-hood");
  await page.keyboard.press("Tab");
  assert.notEqual((await selected())[1], "tab-generate", "one tab stop for the whole list");
  await page.reload();
  await page.waitForSelector("#path-legend li");
  assert.deepEqual(await views(), [false, true]);
});

test("the plotting code is fetched with the first plot and not before", async () => {
  const from = site.requests.length;
  const fetched = () => site.requests.slice(from).some(({ path }) => path === "/plot.js");
  const page = await open();
  assert.equal(fetched(), false);
  await page.click("#tab-hood");
  await page.waitForSelector("#variance-plot canvas");
  assert.equal(fetched(), true);
});

test("plots and table follow the controls, with a point for every step", async () => {
  const page = await openHood("steps=12&sampler=ddpm");
  // The step into the data adds no noise and has no place on a logarithmic scale.
  const variances = await legend(page, "variance");
  const names = ["DDIM", "DDPM small", "DDPM large", "Analytic-DDPM", "Analytic-DDIM", "VDM"];
  assert.deepEqual(
    variances.map(({ name }) => name),
    names,
  );
  assert.deepEqual(
    variances.map(({ points }) => points),
    [0, 11, 11, 11, 11, 11],
  );
  assert.deepEqual(
    variances.filter(({ chosen }) => chosen).map(({ name }) => name),
    ["DDPM small"],
  );
  const paths = await legend(page, "path");
  assert.deepEqual(
    paths.map(({ name }) => name),
    ["leading", "trailing", "linspace", "even", "quadratic", "optimal", "VDM's own"],
  );
  assert.ok(paths.every(({ points }) => points === 12));
  assert.match(await page.getAttribute("#variance-plot", "aria-label"), /6 samplers.*12 steps.*Chosen: DDPM small/);
  assert.match(await page.getAttribute("#path-plot", "aria-label"), /12 steps, for 7 trajectories\. Chosen: leading/);

  await page.fill("#steps", "30");
  await choose(page, "sampler", "vdm");
  await untilRows(page, 30);
  await page.waitForFunction(() => /30 steps.*VDM/.test(document.getElementById("variance-plot").ariaLabel));
  const after = await legend(page, "path");
  assert.deepEqual(
    after.filter(({ chosen }) => chosen).map(({ name, points }) => [name, points]),
    [["VDM's own", 30]],
  );
  await choose(page, "level", "t");
  await page.waitForFunction(() => /timestep/.test(document.getElementById("path-plot").ariaLabel));
  assert.ok(await page.$eval("#variance-plot canvas", (canvas) => canvas.width > 100));
  assert.deepEqual(page.complaints, []);
});

test("settings that make no plan leave the last plots, and it is said", async () => {
  const page = await openHood("steps=12");
  await page.fill("#steps", "5000");
  await page.waitForFunction(() => document.getElementById("hood-problem")?.textContent);
  assert.equal((await legend(page, "path"))[0].points, 12);
  await page.fill("#steps", "8");
  await untilRows(page, 8);
  await page.waitForFunction(() => document.getElementById("hood-problem")?.textContent === "");
});

test("the table holds the plan to the last digit, and copies it", async () => {
  const page = await openHood("steps=20&sampler=analytic-ddim&eta=0.5");
  await untilRows(page, 20);
  const expected = await page.evaluate(async (origin) => {
    const { Diffuser } = await import("/pkg/index.js");
    const diffuser = await Diffuser.create({ backend: "cpu" });
    const model = await diffuser.load(`${origin}/analytic/`);
    const { steps } = await model.plan({ sampler: "analytic-ddim", eta: 0.5, steps: 20, clip: "x0", sigmaClip: 1 });
    return steps.map(({ t, s, logSnr, x0, eps, xt, z }) => [t, s, logSnr, x0, eps, xt, z]);
  }, site.origin);
  const rows = await page.$$eval("#factors-rows tr", (all) =>
    all.map((row) => [...row.cells].map(({ textContent }) => textContent)),
  );
  const numbers = rows.map((row) => row.map((cell) => (cell === "data" ? null : Number(cell.replace("−", "-")))));
  assert.deepEqual(numbers, expected);

  await page.evaluate(() => {
    navigator.clipboard.writeText = async (copied) => {
      globalThis.copied = copied;
    };
  });
  await page.click("#factors-copy");
  const copied = (await page.evaluate(() => globalThis.copied)).split("\n").map((line) => line.split("\t"));
  assert.deepEqual(copied[0], ["t", "s", "logSnr", "x0", "eps", "xt", "z"]);
  const back = copied.slice(1).map((row) => row.map((cell) => (cell === "" ? null : Number(cell))));
  assert.deepEqual(back, expected);
});

test("a picture is measured: five bounds, each the sum of its terms, and a plot of every step", async () => {
  const page = await openHood("steps=3&images=2&seed=4");
  assert.equal(await page.isDisabled("#bound-begin"), true);
  await generate(page);
  await page.click("#tab-hood");
  assert.match(
    await text(page, "bound-cost"),
    /^250 calls of the network: (about .*|under a second) on this machine\.$/,
  );
  await page.fill("#bound-steps", "6");
  await page.click("#bound-begin");
  await page.waitForFunction(() => document.querySelectorAll("#bound-sums tr").length === 5);
  await page.waitForSelector("#bound-begin:not([hidden])");
  const rows = await page.$$eval("#bound-sums tr", (all) =>
    all.map((row) => [...row.cells].map(({ textContent }) => textContent)),
  );
  assert.deepEqual(
    rows.map(([name]) => name),
    ["DDPM small", "DDPM large", "Analytic-DDPM", "VDM", "VDM, continuous"],
  );
  for (const [name, ...cells] of rows) {
    const [prior, steps, decoder, total] = cells.map((cell) => Number(cell.replace("−", "-")));
    assert.ok(Number.isFinite(total) && total > 0, name);
    assert.ok(Math.abs(prior + steps + decoder - total) < 0.0021, name);
  }
  assert.deepEqual(
    (await legend(page, "bound")).map(({ points }) => points),
    [5, 5, 5, 6, 6],
  );
  assert.match(await page.getAttribute("#bound-plot", "aria-label"), /Analytic-DDPM, VDM, VDM, continuous/);
  const density = await page.$$eval("#density-sums tr", (all) =>
    all.map((row) => [...row.cells].map(({ textContent }) => textContent)),
  );
  assert.deepEqual(
    density.map(([name]) => name),
    ["DDPM small", "DDPM large", "Analytic-DDPM"],
  );
  for (const [name, ...cells] of density) {
    const [k, lNull, more] = cells.map((cell) => Number(cell.replace("−", "-")));
    // The log density of N(0, I) is at most ln(2 pi) / -2 nats a dimension, and half a nat less at most in [-1, 1].
    assert.ok(lNull <= -1.325 && lNull >= -2.048, `${name}: ${lNull}`);
    assert.ok(Math.abs(k - lNull - more) < 0.0021, name);
  }
  assert.deepEqual(
    (await legend(page, "entropy")).map(({ name, points }) => [name, points]),
    [
      ["lower: as DDPM small", 5],
      ["upper: as DDPM large", 5],
    ],
  );
  assert.deepEqual(page.complaints, []);
});

test("what was measured goes when another picture comes", async () => {
  const page = await openHood("steps=2&seed=4");
  await generate(page);
  await page.click("#tab-hood");
  await page.fill("#bound-steps", "2");
  await page.click("#bound-begin");
  await page.waitForFunction(() => document.querySelectorAll("#bound-sums tr").length === 5);
  await page.waitForSelector("#bound-begin:not([hidden])");
  assert.equal(await page.isVisible("#bound-found"), true);
  await page.fill("#seed", "5");
  await generate(page);
  await page.click("#tab-hood");
  assert.equal(await page.isVisible("#bound-found"), false);
});

test("measuring is cancelled within a step, and by Generate too", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: SLOW_TERMS + slowSteps(1) });
  const page = await openHood("steps=2&seed=4");
  await generate(page);
  await page.click("#tab-hood");
  await page.fill("#bound-steps", "1000");
  await page.focus("#bound-begin");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() =>
    /DDPM small: [2-9][\d,]* of 1,000/.test(document.getElementById("bound-cost")?.textContent),
  );
  assert.equal(await page.evaluate(() => document.activeElement.id), "bound-cancel");
  await page.keyboard.press("Enter");
  // The rest of this bound alone would take a minute.
  await page.waitForSelector("#bound-begin:not([hidden])", { timeout: 30_000 });
  assert.match(await text(page, "bound-cost"), /^Cancelled\. 5,000 calls/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "bound-begin");
  assert.equal(await page.isVisible("#bound-found"), false);

  await page.click("#bound-begin");
  await page.waitForFunction(() => /: [\d,]+ of 1,000/.test(document.getElementById("bound-cost")?.textContent));
  await generate(page);
  assert.equal(await page.isVisible("#viewer"), true);
  await page.click("#tab-hood");
  assert.equal(await page.isEnabled("#bound-begin"), true);
  assert.deepEqual(page.complaints, []);
});

test("an impossible number of steps to measure is said beside it", async () => {
  const page = await openHood("steps=2");
  await generate(page);
  await page.click("#tab-hood");
  for (const value of ["1", "2.5", ""]) {
    await page.fill("#bound-steps", value);
    await page.click("#bound-begin");
    assert.match(await problem(page, "bound"), /whole number from 2 to 1,000/);
    assert.equal(await page.getAttribute("#bound-steps", "aria-invalid"), "true");
  }
  await page.fill("#bound-steps", "4");
  assert.equal(await text(page, "bound-problem"), "");
});

test("a plotting code that cannot be fetched is said, and the table is there all the same", async () => {
  site.put("/plot.js", { status: 503, body: "" });
  const page = await open("steps=7");
  await page.click("#tab-hood");
  assert.match(await problem(page, "hood"), /could not be loaded/);
  await untilRows(page, 7);
});

for (const colorScheme of ["light", "dark"]) {
  test(`under the hood a phone's window has no sideways scrolling, in ${colorScheme}`, async () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme };
    const page = await open("steps=6&sampler=analytic-ddim", phone);
    await generate(page);
    await page.click("#tab-hood");
    await page.waitForSelector("#path-legend li");
    await page.fill("#bound-steps", "4");
    await page.click("#bound-begin");
    await page.waitForFunction(() => document.querySelectorAll("#bound-sums tr").length === 5);
    await page.waitForSelector("#bound-begin:not([hidden])");
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.equal(content, window);
    const cut = await page.evaluate(() => {
      const shown = [...document.querySelectorAll("main *, header *")].filter((e) => e.checkVisibility());
      // The table of factors scrolls by itself.
      const free = shown.filter((e) => !e.closest("#factors-scroll") && e.tagName !== "CANVAS");
      return free
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5)
        .map((e) => e.outerHTML.slice(0, 80));
    });
    assert.deepEqual(cut, []);
    const widths = await page.$$eval(".hood .plot", (plots) => plots.map((plot) => plot.clientWidth));
    assert.ok(
      widths.every((width) => width > 280),
      `plots of ${widths} pixels`,
    );
    assert.deepEqual(page.complaints, []);
  });
}
