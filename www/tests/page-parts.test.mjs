// The parts of the page that need no page: the grid, the history, the address, and how things are worded.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { pageParts } from "./page-pictures.mjs";

let page;
before(async () => {
  page = await pageParts("share/address", "../ui/pixels", "../ui/grid", "../ui/history", "settings");
});

const STAGES = [
  { width: 850, height: 500 },
  { width: 300, height: 300 },
  { width: 1040, height: 1100 },
];
const PICTURE = { width: 28, height: 28 };

test("every count of pictures fits the stage, in whole pixels, none over another", () => {
  for (const stage of STAGES) {
    for (let count = 1; count <= 36; count++) {
      const { scale, places } = page.fitGrid(count, stage, PICTURE);
      const side = 28 * scale;
      assert.equal(places.length, count);
      assert.equal(scale, Math.floor(scale));
      for (const [index, { x, y }] of places.entries()) {
        assert.ok(Number.isInteger(x) && Number.isInteger(y));
        assert.ok(
          x >= 0 && y >= 0 && x + side <= stage.width && y + side <= stage.height,
          `${count} on ${stage.width}`,
        );
        const apart = (other) => Math.abs(other.x - x) >= side || Math.abs(other.y - y) >= side;
        assert.ok(places.slice(index + 1).every(apart), `${count} on ${stage.width}`);
      }
    }
  }
});

test("no other count of columns would make the pictures larger", () => {
  for (const stage of STAGES) {
    for (let count = 1; count <= 36; count++) {
      const { scale } = page.fitGrid(count, stage, PICTURE);
      for (let columns = 1; columns <= count; columns++) {
        const [across, down] = [stage.width / (28 * columns), stage.height / (28 * Math.ceil(count / columns))];
        assert.ok(scale >= Math.floor(Math.min(across, down) / 1.04), `${count} on ${stage.width}`);
      }
    }
  }
});

test("a picture larger than its place is made smaller", () => {
  const { scale, places } = page.fitGrid(9, { width: 300, height: 300 }, { width: 512, height: 512 });
  assert.ok(scale > 0.1 && scale < 100 / 512);
  assert.equal(places.length, 9);
});

const frame = (step, bytes = 10) => ({
  step,
  arrivedAt: null,
  pixels: { x0: new Uint8Array(bytes), xt: new Uint8Array(bytes) },
});

test("a history without need of thinning keeps every step", () => {
  const history = new page.History(20 * 101);
  for (let step = 0; step <= 100; step++) history.push(frame(step));
  assert.equal(history.length, 101);
  assert.equal(history.at(history.position(57)).step, 57);
});

test("a history keeps within its bound, with the first step, the newest, and the rest evenly", () => {
  const history = new page.History(20 * 30);
  for (let step = 0; step <= 1000; step++) {
    history.push(frame(step));
    assert.ok(history.length <= 30);
    assert.equal(history.newest, step);
    assert.equal(history.at(0).step, 0);
  }
  const steps = Array.from({ length: history.length }, (_, position) => history.at(position).step);
  const gaps = steps.slice(1, -1).map((step, index) => step - steps[index]);
  assert.equal(new Set(gaps).size, 1, steps.join(" "));
  assert.equal(history.at(history.position(999)).step, steps.at(-2));
});

test("pictures become bytes as the library's own Step.pixels are made", () => {
  const x = Float32Array.of(-2, -1, -0.5, 0, 0.5, 1, 2);
  assert.deepEqual([...page.quantise(x)], [0, 0, 64, 128, 191, 255, 255]);
});

test("an empty address asks for nothing", () => {
  assert.deepEqual(page.readAddress(""), { origin: "in the link", settings: {}, problems: [] });
});

test("an image of a batch is had alone by its seed, or by its place in the batch", () => {
  const info = { classes: 4, noClass: 3 };
  const batch = { class: "each", seed: 7, images: 16, rng: "philox" };
  const place = (s, image) => {
    const { seed, seeds, first, images, class: label } = page.aloneOf({ ...batch, ...s }, image, info);
    return [seed, seeds, first, images, label];
  };
  assert.deepEqual(place({}, 5), [7, undefined, [5, 16], 1, 1]);
  assert.deepEqual(place({}, 0), [7, undefined, undefined, 1, 0], "Philox's first image is that of a run of one");
  assert.deepEqual(place({ rng: "torch" }, 0), [7, undefined, [0, 16], 1, 0]);
  assert.deepEqual(place({ class: "any", images: 2, first: [4, 9] }, 1), [7, undefined, [5, 9], 1, "any"]);
  assert.deepEqual(place({ class: 2, images: 2, seeds: [7, 8] }, 1), [8, undefined, undefined, 1, 2]);
  assert.deepEqual(place({ rng: "torch", images: 1 }, 0), [7, undefined, undefined, 1, 0]);
});

test("an address names a seed for each image, or some images of a batch", () => {
  const settings = (query) => page.readAddress(query).settings;
  assert.deepEqual(settings("seeds=3,5,8"), { seed: 3, seeds: [3, 5, 8], images: 3 });
  assert.deepEqual(settings("seeds=3"), { seed: 3, images: 1 });
  assert.deepEqual(settings("seed=42&first=5,16"), { seed: 42, first: [5, 16], images: 1 });
  assert.deepEqual(settings("seed=42&first=5,16&images=11"), { seed: 42, first: [5, 16], images: 11 });
  for (const query of ["first=16,16", "first=5", "first=5,16&images=12", "first=5,4097", "first=a,16", "first=-1,3"]) {
    const { settings, problems } = page.readAddress(`seed=42&${query}`);
    assert.deepEqual([settings.first, problems.map(({ control }) => control)], [undefined, ["seed"]], query);
  }
  for (const query of ["seeds=", "seeds=1,,2", "seeds=1,-2", "seeds=9007199254740992", `seeds=${"1,".repeat(36)}1`]) {
    const { settings, problems } = page.readAddress(query);
    assert.deepEqual([settings.seeds, problems.map(({ control }) => control)], [undefined, ["seed"]], query);
  }
});

test("a class is found by name in any case, and by number", () => {
  const labels = [
    { index: 0, name: "T-shirt/top" },
    { index: 7, name: "sneaker" },
  ];
  const found = ["t-shirt/top", " Sneaker", "7", "each", "ANY", "hat", "1"].map((c) =>
    page.classFromAddress(c, labels),
  );
  assert.deepEqual(found, [0, 7, 7, "each", "any", undefined, undefined]);
});

test("labels: one class for all, another for each image, or none", () => {
  const info = { classes: 4, noClass: 3 };
  assert.deepEqual(page.labelsFor(2, 3, info), [2, 2, 2]);
  assert.deepEqual(page.labelsFor("each", 5, info), [0, 2, 1, 0, 2]);
  for (let classes = 1; classes <= 40; classes++) {
    assert.equal(new Set(page.labelsFor("each", classes, { classes })).size, classes);
  }
  assert.equal(page.labelsFor("any", 5, info), undefined);
  assert.equal(page.labelsFor(2, 5, {}), undefined);
});

test("numbers are worded for reading", () => {
  assert.deepEqual([999, 310_000, 3_301_234].map(page.bytes), ["999 bytes", "310 kB", "3.3 MB"]);
  assert.deepEqual([0.2, 12.4, 600, 9000].map(page.duration), [
    "under a second",
    "about 12 s",
    "about 10 min",
    "about 2.5 hours",
  ]);
  assert.deepEqual([0.3, 59, 105].map(page.left), ["1 s", "59 s", "1:45 min"]);
  assert.deepEqual([3.14, 58.2, 1204].map(page.milliseconds), ["3.1 ms", "58 ms", "1.20 s"]);
  assert.deepEqual([0, 0.00004, 0.0214, 5.94, 9999, Number.POSITIVE_INFINITY].map(page.ratio), [
    "0",
    "4.0e−5",
    "0.021",
    "5.9",
    "9,999",
    "∞",
  ]);
});
