// What the room "Train" learns from: the data sets, the exact score of the mixture, and the distance between clouds of points.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pageParts } from "./page-pictures.mjs";

const sets = ["swiss-roll", "two-moons", "checkerboard", "mixture", "drawing", "word"];
const parts = await pageParts(...[...sets, "points", "distance", "random"].map((name) => `train/data/${name}`));
const { swissRoll, twoMoons, checkerboard, mixture, mixtureScore, drawing, word, energyDistance, spreadOf, Dice } =
  parts;

/** Ink in the left half of the upper row of 8 x 4 pixels. */
const INK = { width: 8, height: 4, ink: Array.from({ length: 32 }, (_, i) => (i < 4 ? 1 : 0.2)) };
const LINES = [
  [-2, -1, 2, -1],
  [0, 1.5],
];
const DRAWN = { swissRoll, twoMoons, checkerboard, mixture, word: (n, seed) => word(INK, n, seed) };

const near = (found, wanted, by, what) => assert.ok(Math.abs(found - wanted) < by, `${what}: ${found}, not ${wanted}`);
const pairs = (points) => Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]]);

for (const [name, draw] of Object.entries(DRAWN)) {
  test(`${name}: as many points as are asked for, around 0, with variance 1, and decided by the seed`, () => {
    const points = draw(4000, 5);
    assert.equal(points.length, 8000);
    const { x, y, deviation } = spreadOf(points);
    for (const middle of [x, y]) near(middle, 0, 0.05, "the middle");
    near(deviation, 1, 0.02, "the standard deviation");
    assert.deepEqual(draw(4000, 5), points);
    assert.notDeepEqual(draw(4000, 6), points);
    assert.equal(draw(1, 0).length, 2);
  });
}

test("the checkerboard's points lie on its dark fields, and on all of them", () => {
  const side = (2 * Math.sqrt(3)) / 4;
  const fields = pairs(checkerboard(4000, 1)).map((point) => point.map((at) => Math.floor(at / side + 2)));
  for (const [column, row] of fields) assert.equal((column + row) % 2, 0, `${column}, ${row}`);
  assert.equal(new Set(fields.map(String)).size, 8);
});

test("the swiss roll goes one and a half times around", () => {
  const radii = pairs(swissRoll(4000, 1)).map(([x, y]) => Math.hypot(x, y));
  assert.ok(Math.max(...radii) / Math.min(...radii) > 2.5);
});

test("the exact score is the slope of the log density, at every noise level", () => {
  const middles = Array.from({ length: 8 }, (_, k) => (2 * Math.PI * k) / 8).map((angle) => {
    const radius = Math.sqrt(2 * (1 - 0.15 ** 2));
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  for (const kept of [0.001, 0.3, 0.9, 1]) {
    const variance = kept * 0.15 ** 2 + 1 - kept;
    const logDensity = (x, y) =>
      Math.log(
        middles
          .map(([a, b]) =>
            Math.exp(-((x - a * Math.sqrt(kept)) ** 2 + (y - b * Math.sqrt(kept)) ** 2) / (2 * variance)),
          )
          .reduce((sum, one) => sum + one),
      );
    for (const [x, y] of [
      [0.3, -0.2],
      [1.2, 0.4],
      [-0.9, 1],
    ]) {
      const step = 1e-4;
      const [u, v] = mixtureScore(Float32Array.of(x, y), kept);
      near(u, (logDensity(x + step, y) - logDensity(x - step, y)) / (2 * step), 1e-2, `x at ${kept}`);
      near(v, (logDensity(x, y + step) - logDensity(x, y - step)) / (2 * step), 1e-2, `y at ${kept}`);
    }
  }
  // Far from all of them, where every weight is 0 in floats.
  assert.ok(mixtureScore(Float32Array.of(60, -60), 1).every(Number.isFinite));
});

test("a drawing's points lie along its lines, and stay where they were drawn", () => {
  const points = pairs(drawing(LINES, 2000, 3));
  const onLine = points.filter(([x, y]) => Math.abs(y + 1) < 0.25 && Math.abs(x) < 2.25);
  const onDot = points.filter(([x, y]) => Math.hypot(x, y - 1.5) < 0.25);
  assert.equal(onLine.length + onDot.length, 2000);
  assert.ok(onDot.length > 10 && onLine.length > 1500, `${onDot.length} on the dot`);
  assert.equal(drawing([], 2000, 3).length, 0);
});

test("a drawing that is small is enlarged", () => {
  near(spreadOf(drawing([[0.5, 0.5, 0.6, 0.5]], 2000, 1)).deviation, 1, 0.01, "the standard deviation");
});

test("a word's points lie within the pixels that have ink; without ink there are none", () => {
  const points = pairs(word(INK, 2000, 1));
  // Four pixels in a row: four times as wide as high.
  const extent = (axis) => Math.max(...points.map((at) => at[axis])) - Math.min(...points.map((at) => at[axis]));
  near(extent(0) / extent(1), 4, 0.1, "the ratio of the sides");
  assert.equal(word({ ...INK, ink: new Array(32).fill(0.4) }, 2000, 1).length, 0);
});

test("the energy distance is near 0 for points of one distribution, and large for others", () => {
  const far = energyDistance(swissRoll(600, 1), mixture(600, 1), 600);
  near(energyDistance(swissRoll(600, 1), swissRoll(600, 2), 600), 0, 0.02, "of one distribution");
  assert.ok(far > 0.02, `${far}`);
  // Two points each, by hand: 2 * 1.5 - 1 - 1... of {0, 1} and {2, 3} on a line: 2 * 2 - 1 - 1.
  assert.equal(energyDistance(Float32Array.of(0, 0, 1, 0), Float32Array.of(2, 0, 3, 0), 2), 2);
});

test("the generator is uniform, normal, and the same for the same seed", () => {
  const dice = new Dice(7);
  const normal = Array.from({ length: 20_000 }, () => dice.normal());
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  near(mean(normal), 0, 0.03, "the mean");
  near(mean(normal.map((value) => value ** 2)), 1, 0.04, "the variance");
  near(mean(normal.map((value) => value ** 4)), 3, 0.3, "the fourth moment");
  assert.equal(new Dice(7).uniform(), new Dice(7).uniform());
  assert.notEqual(new Dice(7).uniform(), new Dice(8).uniform());
});
