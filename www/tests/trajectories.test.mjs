// The papers' lists of timesteps through the public API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
});

const plan = (o, meanSqEps) =>
  page.evaluate(([o, meanSqEps]) => diffuser.plan({ scheduler: {}, ...o, meanSqEps }), [o, meanSqEps]);

test("even and quadratic lists are those of the papers' code", async () => {
  const list = async (o) => (await plan(o)).timesteps;
  assert.deepEqual(await list({ trajectory: "even", steps: 10 }), [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]);
  // Nodes 1, 42.625, 84.25, 125.875, 167.5, …: the half goes to the even number.
  assert.deepEqual((await list({ trajectory: "even", steps: 25 })).slice(-5), [167, 125, 83, 42, 0]);
  assert.deepEqual(await list({ trajectory: "quadratic", steps: 10 }), [800, 632, 483, 355, 246, 158, 88, 39, 9, 0]);
  assert.equal((await list({ trajectory: "quadratic", steps: 50 })).length, 49);
  assert.equal((await list({ trajectory: "quadratic", steps: 1 })).length, 1);
});

test("the optimal list is the cheapest of all, by trying them all", async () => {
  const betas = Array.from({ length: 10 }, (_, i) => 0.01 + (0.4 - 0.01) * (i / 9));
  const bars = betas.map((_, i) => betas.slice(0, i + 1).reduce((product, beta) => product * (1 - beta), 1));
  const measured = [0, 0.05, 0.3, 0.32, 0.7, 0.71, 0.8, 0.93, 0.94, 0.98, 0.99];
  const cost = (s, r) => Math.log(1 - ((1 - bars[r] / bars[s]) / (1 - bars[r])) * measured[r + 1]);
  const costOf = (path) => path.slice(1).reduce((sum, r, i) => sum + cost(path[i], r), 0);
  const paths = (from, nodes) =>
    nodes === 1 ? [[9]] : betas.flatMap((_, r) => (r > from && r < 9 ? paths(r, nodes - 1).map((p) => [r, ...p]) : []));

  for (const steps of [2, 3, 5, 8, 10]) {
    const all = paths(0, steps - 1).map((path) => [0, ...path]);
    const best = all.reduce((a, b) => (costOf(b) < costOf(a) ? b : a));
    const scheduler = { num_train_timesteps: 10, beta_start: 0.01, beta_end: 0.4 };
    const { timesteps } = await plan({ scheduler, trajectory: "optimal", steps }, measured);
    assert.deepEqual(timesteps.toReversed(), best, `${steps} steps`);
  }
});

test("an optimal list exists where the table exceeds 1, and for a thousand timesteps", async () => {
  const measured = Array.from({ length: 1001 }, (_, n) => Math.min(n / 300, 0.999));
  for (const above of [1001, 990, 600, 1]) {
    const table = measured.map((value, n) => (n >= above ? 1.01 : value));
    for (const steps of [2, 10, 300, 1000]) {
      const { timesteps } = await plan({ trajectory: "optimal", steps }, table);
      assert.equal(timesteps.length, steps, `${above} ${steps}`);
      assert.deepEqual([timesteps[0], timesteps.at(-1)], [999, 0], `${above} ${steps}`);
      assert.ok(timesteps.every((t, i) => i === 0 || t < timesteps[i - 1]));
    }
  }
});
