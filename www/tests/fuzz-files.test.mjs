// Changed files and links: a model whose files are changed at random is loaded or refused, soon and without growth; a link and a PNG's text
// are read or refused in words. The same cases at every run; UNNOISE_FUZZ=10 makes ten times as many.
import assert from "node:assert/strict";
import { test } from "node:test";
import { areRefusedAlike } from "./engines.mjs";
import { defineModels } from "./fuzz-models.mjs";
import { defineValues } from "./fuzz-values.mjs";
import { blankPage, setUp } from "./helpers.mjs";
import { pageParts } from "./page-pictures.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const TIMES = Number(process.env.UNNOISE_FUZZ ?? 1);
/** The longest that one model may take, in milliseconds. A busy machine gets a second try: a hang is slow in both. */
const LONGEST_MS = 2000;

const { browser, site } = await setUp();
site.put("/weights", { type: "application/octet-stream", body: tinyWeights() });

test("a changed model is loaded or refused, soon, and leaves no memory behind", {
  timeout: 900_000 * TIMES,
}, async (t) => {
  const page = await blankPage(browser, site, { init: defineValues });
  await page.evaluate(defineModels, { config: tinyConfig, scheduler: tinyScheduler });
  const count = 600 * TIMES;
  const run = (first, many) =>
    page.evaluate(
      async ([first, many]) => {
        const found = [];
        for (let seed = first; seed < first + many; seed++) found.push(await tried(seed));
        // Models are given back when nothing refers to them.
        gc();
        return { found, memory: await diffuser.memory() };
      },
      [first, many],
    );
  const [problems, slow, memories] = [[], [], []];
  let [refused, longest] = [0, 0];
  // The second time needs no more memory than the first one, whose largest model decides.
  for (const pass of [1, 2]) {
    for (let first = 1; first <= count; first += 100) {
      const { found, memory } = await run(first, 100);
      memories[pass - 1] = memory;
      for (const { seed, problem, ms = 0, refused: was } of found) {
        if (problem) problems.push(`${seed}: ${problem}`);
        longest = Math.max(longest, ms);
        if (ms > LONGEST_MS) slow.push(seed);
        if (was && pass === 1) refused += 1;
      }
    }
  }
  const [once, twice] = memories;
  const told = `${count} models twice, ${refused} refused; the longest took ${Math.round(longest)} ms`;
  t.diagnostic(`${told}; ${once} and ${twice} bytes`);
  assert.deepEqual(problems, []);
  for (const seed of slow) {
    const { found } = await run(seed, 1);
    assert.ok(found[0].ms <= LONGEST_MS, `model ${seed} took ${found[0].ms} ms`);
  }
  assert.ok(refused > count / 3 && refused < 0.95 * count, `${refused} were refused`);
  assert.ok(twice <= once + 2 ** 22, `${once} bytes at first, ${twice} bytes at the end`);
  assert.ok(await page.evaluate(async () => [...(await model.predict(x, 5, [0]))].join() === before));
});

for (const backend of ["webgpu", "burn"]) {
  test(`on ${backend} a changed model is loaded, or refused in the CPU's words`, {
    timeout: 300_000 * TIMES,
  }, async () => {
    const [page, other] = [await blankPage(browser, site), await blankPage(browser, site)];
    await areRefusedAlike(page, other, { backend, count: 40 * TIMES });
    assert.equal(await page.evaluate(() => diffuser.backend.kind), backend);
  });
}

/** A seeded choice, as the page has it. */
const scope = {};
new Function("globalThis", `(${defineValues})()`)(scope);

test("any link is read, and what makes no sense in it is told by its name", async () => {
  const { readAddress } = await pageParts("share/address");
  const NAMES =
    "model sampler steps eta seed seeds first class images trajectory clip guidance backend view lang a b c d at edit train objective x".split(
      " ",
    );
  const TEXTS = [
    "",
    "0",
    "1",
    "-1",
    "20",
    "1e9",
    "1e400",
    "NaN",
    "null",
    "1,2,3",
    "ddpm",
    "ddim",
    "a%00b",
    "\u202e",
    "<b>",
    "../..",
    "javascript:1",
  ];
  for (let seed = 1; seed <= 5000 * TIMES; seed++) {
    const { of, below } = scope.random(seed);
    const text = () =>
      below(5) === 0 ? String.fromCodePoint(...Array.from({ length: below(60) }, () => below(0x3000))) : of(TEXTS);
    const pairs = Array.from({ length: 1 + below(5) }, () => [below(9) === 0 ? text() : of(NAMES), text()]);
    const query = new URLSearchParams(pairs).toString();
    const { problems } = readAddress(below(2) ? `?${query}` : Object.fromEntries(pairs));
    for (const { control, reason } of problems) assert.ok(control && reason.length > 5 && reason.length < 1000, query);
  }
});

test("any PNG is read for its text, or refused in words", async () => {
  const { encodePng, readPngText, PngError } = await pageParts("save/png");
  const whole = await encodePng(
    { width: 4, height: 4, channels: 1, pixels: new Uint8Array(16) },
    "unnoise",
    '{"steps":3}',
  );
  assert.equal(readPngText(whole, "unnoise"), '{"steps":3}');
  let refused = 0;
  for (let seed = 1; seed <= 20_000 * TIMES; seed++) {
    const { below, of } = scope.random(seed);
    let bytes = whole.slice();
    for (let i = below(3); i >= 0; i--) {
      const at = below(bytes.length);
      if (below(8) === 0) bytes = bytes.slice(0, at);
      else bytes[at] = of([0, 255, 127, 128, below(256)]);
      if (bytes.length === 0) break;
    }
    try {
      const text = readPngText(bytes, "unnoise");
      assert.ok(text === undefined || text === '{"steps":3}', `${seed}: a text that was not written: ${text}`);
    } catch (error) {
      assert.ok(error instanceof PngError, `${seed}: ${error.stack}`);
      refused += 1;
    }
  }
  assert.ok(refused > 1000, `${refused} were refused`);
});
