// The memory of a training: what does not fit is refused before it is made, and what fits does not grow.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { trainingPage } from "./train-site.mjs";

const { browser, site } = await setUp();
// `hold` takes nearly all of the memory that is left: asked of the allocator, and never written to.
site.patch("/pkg/burn/unnoise.js", {
  after: `
    globalThis.bytes = () => wasm.memory.buffer.byteLength;
    globalThis.hold = (least) => {
      for (let size = 2 ** 30; size >= least; size /= 2) {
        try { for (;;) wasm.__wbindgen_malloc(size, 8); } catch {}
      }
    };`,
});
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

async function pageWithPictures() {
  const page = await trainingPage(browser, site);
  await page.evaluate(() => {
    globalThis.pictures = (side) => ({
      images: Float32Array.from({ length: 4 * 3 * side * side }, (_, i) => Math.sin(i)),
      shape: [3, side, side],
    });
  });
  return page;
}

/** What each worker with the burn module says. */
async function inWorkers(page, ask, given) {
  const found = [];
  for (const worker of page.workers()) {
    if (await worker.evaluate(() => "bytes" in globalThis)) found.push(await worker.evaluate(ask, given));
  }
  return found;
}

/** The memory of the only one. */
async function bytes(page) {
  const found = await inWorkers(page, () => globalThis.bytes());
  assert.equal(found.length, 1);
  return found[0];
}

test("a batch larger than memory is refused with what it needs and what there is, and all else goes on", async () => {
  const page = await pageWithPictures();
  const { failed, most, fits, prediction, going } = await page.evaluate(async () => {
    globalThis.model = await diffuser.load("/tiny/");
    globalThis.trainer = await diffuser.train({ points: moons(50) }, { network: small.points, batch: 16 });
    await losses(trainer, 2);
    const failed = await failure(() => diffuser.train(pictures(64), { batch: 4096 }));
    const most = Number(/at most (\d+):/.exec(failed.message)?.[1]);
    const fits = await codeOf(() => diffuser.train(pictures(64), { batch: most + 1 }));
    const going = [
      (await losses(trainer, 2)).every(Number.isFinite),
      (await model.predict(new Float32Array(64), 5)).length,
    ];
    const other = await diffuser.train(pictures(64), { batch: 1 });
    const prediction = await failure(() => other.predict(new Float32Array(3 * 64 * 64 * 1000), 5));
    going.push((await losses(other, 1)).every(Number.isFinite));
    other.dispose();
    return { failed, most, fits, prediction, going };
  });
  assert.equal(failed.code, "invalid-batch");
  assert.match(
    failed.message,
    /^`batch` is 4096; it must be at most \d+: a step of 4096 needs 134.0 GB of memory, and there are 3.5 GB$/,
  );
  assert.ok(most > 50 && most < 200, `${most}`);
  assert.equal(fits, "invalid-batch");
  assert.equal(prediction.code, "out-of-memory");
  assert.match(
    prediction.message,
    /^a prediction of this training needs [\d.]+ GB of memory, and less than that is left$/,
  );
  assert.deepEqual(going, [true, 64, true]);
});

test("on a GPU too", async () => {
  const page = await pageWithPictures();
  const { code, message } = await page.evaluate(() =>
    failure(() => diffuser.train(pictures(64), { batch: 4096, device: "webgpu" })),
  );
  assert.equal(code, "invalid-batch");
  assert.match(message, /needs 134\.0 GB of memory, and there are 3\.5 GB$/);
});

test("of little memory a batch gets what there is", async () => {
  const page = await pageWithPictures();
  await page.evaluate(async () => (await diffuser.train(pictures(16), { batch: 1 })).dispose());
  // Less than 64 MB are left of the 4 GB.
  await inWorkers(page, (least) => globalThis.hold(least), 2 ** 26);
  const [{ code, message }, found] = await page.evaluate(async () => {
    const failed = await failure(() => diffuser.train(pictures(16), { batch: 256 }));
    const most = Number(/at most (\d+):/.exec(failed.message)?.[1]);
    const trainer = await diffuser.train(pictures(16), { batch: most });
    return [failed, await losses(trainer, 2)];
  });
  assert.equal(code, "invalid-batch");
  assert.match(message, /a step of 256 needs 4\d\d\.\d MB of memory, and there are \d\d\.\d MB$/);
  assert.ok(found.length >= 2 && found.every(Number.isFinite));
});

test("a training takes no more than it has asked for, and does not grow from step 50 to 5,000", async () => {
  const page = await pageWithPictures();
  const grow = (steps) => page.evaluate((steps) => losses(trainer, steps), steps);
  await page.evaluate(async () => {
    globalThis.trainer = await diffuser.train({ points: moons(50) }, { network: { layers: 1, width: 8 }, batch: 4 });
  });
  assert.ok((await grow(50)).length >= 50);
  const early = await bytes(page);
  assert.ok((await grow(4950)).length >= 4950);
  assert.equal(await bytes(page), early);

  await page.evaluate(async () => {
    trainer.dispose();
    globalThis.trainer = await diffuser.train(pictures(16), { batch: 32 });
  });
  const asked = await bytes(page);
  assert.ok(asked > early + 40e6, `${asked} bytes, ${early} before`);
  await grow(3);
  assert.equal(await bytes(page), asked);
});
