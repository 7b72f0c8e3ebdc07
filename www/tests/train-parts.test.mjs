// Parts of the room "Train" that need no page: the forward process, what predictions say, series of numbers, and the address.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { pageParts } from "./page-pictures.mjs";

const parts = await pageParts(
  "train/squares",
  "train/process",
  "train/series",
  "train/asked",
  "train/settings",
  "train/objectives",
  "share/train",
);
const { levelAt, diffused, predictedData, predictedScore, Series, parametersOf, read, DEFAULTS, trainOptions } = parts;
const { OBJECTIVES, readTrain, tableOf, predictedNoise, meansOf } = parts;

const near = (found, wanted, by) =>
  assert.ok(
    found.every((value, i) => Math.abs(value - wanted[i]) < by),
    `${found} is not ${wanted}`,
  );
const LEVELS = Float64Array.of(0.99, 0.8, 0.5, 0.1);

test("the level of the data is 1, and one between two timesteps lies between theirs in log SNR", () => {
  assert.deepEqual(
    [-1, 0, 3].map((t) => levelAt(LEVELS, t)),
    [1, 0.99, 0.1],
  );
  // SNR 4 and 1: half way lies 2.
  near([levelAt(LEVELS, 1.5)], [2 / 3], 1e-12);
});

test("the forward process keeps the data at level 1, forgets it at 0, and moves each point along one line", () => {
  const points = Float32Array.of(1, -1, 0.5, 2);
  assert.deepEqual(diffused(points, 1, 3), points);
  const noise = diffused(points, 0, 3);
  assert.deepEqual(diffused(new Float32Array(4), 0, 3), noise);
  near(
    diffused(points, 0.36, 3),
    points.map((value, i) => 0.6 * value + 0.8 * noise[i]),
    1e-6,
  );
});

test("the predicted data and the score do not depend on what the network was asked to predict", () => {
  const [x0, eps, kept] = [Float32Array.of(0.5, -2), Float32Array.of(1, 0.25), 0.36];
  const x = x0.map((value, i) => 0.6 * value + 0.8 * eps[i]);
  const said = { epsilon: eps, sample: x0, v_prediction: x0.map((value, i) => 0.6 * eps[i] - 0.8 * value) };
  for (const [type, prediction] of Object.entries(said)) {
    near(predictedData(type, x, prediction, kept), x0, 1e-6);
    near(
      predictedScore(type, x, prediction, kept),
      eps.map((value) => -value / 0.8),
      1e-5,
    );
  }
});

test("Analytic-DPM's table is that of the exact score for Gaussian data, also between the levels that were measured", async () => {
  // Of variance 1/4, a point at 1/2 and its opposite: alpha-bar falls as a square.
  const data = Float32Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.5));
  const levels = Float64Array.from({ length: 100 }, (_, t) => (1 - (t + 1) / 101) ** 2);
  const timesteps = [0, 10, 25, 40, 60, 80, 95];
  const exact = (x, _, kept) => x.map((value) => (Math.sqrt(1 - kept) * value) / (0.25 * kept + 1 - kept));
  const [first, ...table] = await tableOf(levels, timesteps, { data, seed: 0 }, exact);
  assert.deepEqual([first, table.length], [0, 100]);
  const wanted = Array.from(levels, (kept) => (1 - kept) / (0.25 * kept + 1 - kept));
  const measured = (all) => timesteps.map((t) => all[t]);
  near(measured(table), measured(wanted), 1e-5);
  near(table, wanted, 0.03);
});

test("the noise that is predicted does not depend on what the network says, and its own variance is left out", () => {
  const [x0, eps, kept] = [Float32Array.of(0.5, -2), Float32Array.of(1, 0.25), 0.36];
  const x = x0.map((value, i) => 0.6 * value + 0.8 * eps[i]);
  for (const [type, said] of [
    ["epsilon", eps],
    ["sample", x0],
    ["v_prediction", eps.map((value, i) => 0.6 * value - 0.8 * x0[i])],
    [undefined, eps],
  ]) {
    near(predictedNoise(type, x, said, kept), eps, 1e-6);
  }
  const two = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual(meansOf(two, Float32Array.of(1, 2, 3, 9, 9, 9, 4, 5, 6, 9, 9, 9), 3), two);
  assert.deepEqual(meansOf(two, two, 3), two);
});

test("losses stay few, keep their mean and their last step, and are smoothed", () => {
  const losses = new Series();
  for (let step = 1; step <= 5000; step++) losses.add(step, step % 2);
  assert.ok(losses.points.length <= 800 && losses.points.length > 300, `${losses.points.length}`);
  const [last] = losses.points.at(-1);
  assert.ok(last > 4980);
  const steps = losses.points.map(([step]) => step);
  assert.deepEqual(
    steps,
    steps.toSorted((a, b) => a - b),
  );
  assert.ok(Math.abs(losses.smoothed.at(-1)[1] - 0.5) < 0.05);
  const few = new Series();
  few.add(1, 4);
  few.add(2, 2);
  assert.deepEqual(few.smoothed, [
    [1, 4],
    [2, 3],
  ]);
});

test("a training is the same after its address, which names what is not the default", () => {
  const own = {
    word: "abc",
    lines: [
      [0, 1, 2, -1.5],
      [3, 3],
    ],
  };
  const asked = { ...DEFAULTS, set: "drawing", objective: "vdm_weighted", learningRate: 0.01, seed: 12 };
  const parameters = parametersOf({ asked, ...own });
  assert.deepEqual(Object.keys(parameters).sort(), [
    "train",
    "train-learning-rate",
    "train-lines",
    "train-objective",
    "train-seed",
  ]);
  const query = new URLSearchParams({ ...parameters, steps: "5" });
  const found = readTrain(query.keys(), (name) => query.get(name) ?? undefined);
  const refused = [];
  const back = read(found, { word: "", lines: [] }, (what) => refused.push(what));
  assert.deepEqual({ ...back, word: "abc" }, { asked, ...own });
  assert.deepEqual(refused, []);
  assert.deepEqual(parametersOf({ asked: { ...DEFAULTS, set: "word" }, ...own }), {
    train: "word",
    "train-word": "abc",
  });
});

test("what makes no sense in an address is told, and the rest is taken", () => {
  const refused = [];
  const given = {
    train: "cube",
    "train-eta": "7",
    "train-batch": "1.5",
    "train-width": "64",
    "train-lines": "1 2 3",
    "train-ema": "",
  };
  const { asked, lines } = read(given, { word: "", lines: [[0, 0]] }, (what) => refused.push(what));
  assert.deepEqual(refused, ["train=cube", "train-eta=7", "train-batch=1.5", "train-ema=", "train-lines=1 2 3"]);
  assert.deepEqual([asked.set, asked.eta, asked.batch, asked.width, lines], ["swiss-roll", 1, 256, 64, [[0, 0]]]);
  assert.equal(
    readTrain(["train-eta"], () => "1"),
    undefined,
  );
});

test("the library is asked for no option that the objective does not have", () => {
  const own = ["variance", "eta", "times", "weighting"];
  const had = (objective) => own.filter((name) => name in trainOptions({ ...DEFAULTS, objective }));
  assert.deepEqual(
    ["l_simple", "l_vlb", "l_hybrid", "k_2015", "j_sigma", "vdm_discrete", "vdm_continuous", "vdm_weighted"].map(
      (name) => had(name).join(),
    ),
    ["", "variance", "", "", "eta", "times", "", "weighting"],
  );
});

test("the page, docs/training.md and the library's declarations cite the same equation for each objective", async () => {
  const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
  const [docs, api] = await Promise.all([read("docs/training.md"), read("www/src/api/trainer.ts")]);
  for (const [name, { place, paper }] of Object.entries(OBJECTIVES)) {
    const row = docs.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
    assert.ok(row?.endsWith(`eq. ${place} |`), `${name}: ${row}`);
    assert.ok(row.includes(paper.name), name);
    const said = api.slice(api.indexOf(`- "${name}": `)).split('\n * - "')[0];
    assert.match(said.replace(/\s+\* /g, " "), new RegExp(`eq\\. ${place}\\)`), name);
  }
});
