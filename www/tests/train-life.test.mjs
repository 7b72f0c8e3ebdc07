// The life of a training: its pauses, its end by whatever means, and what others notice of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setUp } from "./helpers.mjs";
import { trainingPage } from "./train-site.mjs";

const { browser, site } = await setUp();
// Counts in the worker what is made, stepped and freed; `fail` has a step fail in place of the next one.
site.patch("/pkg/burn/unnoise.js", { after: `(${watch})(Trainer, () => wasm.memory.buffer.byteLength);` });
const page = await trainingPage(browser, site);
await page.evaluate(() => {
  globalThis.start = (o) => diffuser.train({ points: moons(50) }, { network: small.points, batch: 16, ...o });
});

function watch(Trainer, bytes) {
  Object.assign(globalThis, { alive: 0, taken: 0, bytes });
  const { start } = Trainer;
  Trainer.start = (...given) => {
    const made = start.apply(Trainer, given);
    globalThis.alive += 1;
    return made;
  };
  const { step, free } = Trainer.prototype;
  Trainer.prototype.step = function () {
    const { fail } = globalThis;
    if (fail) throw Object.assign(new Error("test"), fail);
    globalThis.taken += 1;
    return step.call(this);
  };
  Trainer.prototype.free = function () {
    globalThis.alive -= 1;
    free.call(this);
  };
}

/** What a worker with the burn module says; those without are the Diffuser's own. */
async function inWorkers(ask = () => [globalThis.alive, globalThis.taken]) {
  const found = [];
  for (const worker of page.workers()) {
    if (await worker.evaluate(() => "alive" in globalThis)) found.push(await worker.evaluate(ask));
  }
  return found;
}

/** Has every step fail with this from now on, or not. */
async function failing(fail) {
  for (const worker of page.workers()) {
    await worker.evaluate((fail) => {
      globalThis.fail = fail;
    }, fail);
  }
}

/** Waits until the workers with the burn module hold so many trainings. */
async function untilAlive(...wanted) {
  while ((await inWorkers(() => globalThis.alive)).join() !== wanted.join()) await setTimeout(20);
}

test("nothing is trained before the loop, between two reports, or after the loop is left", async () => {
  const before = await page.evaluate(async () => {
    globalThis.trainer = await start();
  });
  assert.equal(before, undefined);
  assert.deepEqual(await inWorkers(), [[1, 0]]);
  await page.evaluate(async () => {
    globalThis.loop = trainer[Symbol.asyncIterator]();
    globalThis.report = (await loop.next()).value;
  });
  const [[, taken]] = await inWorkers();
  assert.equal(taken, await page.evaluate(() => report.step));
  await setTimeout(100);
  assert.deepEqual(await inWorkers(), [[1, taken]]);
  // A loop that is left is over; another one goes on.
  const [over, next] = await page.evaluate(async () => {
    await loop.return();
    const over = await loop.next();
    for await (const { step, losses } of trainer) return [over.done, step - losses.length];
  });
  assert.deepEqual([over, next], [true, taken]);
});

test("a Diffuser's other calls do not wait for a training", async () => {
  const order = await page.evaluate(async () => {
    const order = [];
    const model = await diffuser.load("/tiny/");
    const training = losses(trainer, 500).then(() => order.push("training"));
    for (let i = 0; i < 5; i++) await model.predict(new Float32Array(64), 5);
    order.push("predictions");
    // The trainer's own go between two reports.
    await trainer.predict(new Float32Array(2), 5);
    order.push("its prediction");
    await training;
    return order;
  });
  assert.deepEqual(order, ["predictions", "its prediction", "training"]);
});

test("dispose ends what is pending, and the next training takes the worker", async () => {
  const codes = await page.evaluate(async () => {
    const pending = codeOf(() => losses(trainer, 1e9));
    await new Promise((resolve) => globalThis.setTimeout(resolve, 50));
    trainer.dispose();
    trainer.dispose();
    const later = [() => losses(trainer, 1), () => trainer.predict(new Float32Array(2), 5), () => trainer.state()];
    const codes = [await pending];
    for (const call of later) codes.push(await codeOf(call));
    globalThis.trainer = await start({ seed: 1 });
    return codes;
  });
  assert.deepEqual(codes, ["disposed", "disposed", "disposed", "disposed"]);
  assert.deepEqual(await inWorkers(() => globalThis.alive), [1]);
});

test("a signal ends a training with its reason: before it starts, while it starts, in a step, and after", async () => {
  const reasons = await page.evaluate(async () => {
    const caught = (work) =>
      work.then(
        () => "nothing was thrown",
        (reason) => reason,
      );
    const starting = new AbortController();
    const started = caught(start({ signal: starting.signal }));
    starting.abort("while it starts");
    const running = new AbortController();
    const other = await start({ signal: running.signal });
    globalThis.setTimeout(() => running.abort("in a step"), 60);
    return [
      await caught(start({ signal: AbortSignal.abort("before") })),
      await started,
      await caught(losses(other, 1e9)),
      await caught(other.state()),
    ];
  });
  assert.deepEqual(reasons, ["before", "while it starts", "in a step", "in a step"]);
  // Two trainings ran at once: of two workers one is left to wait.
  await untilAlive(1, 0);
});

test("a loss that is no number says so, and the training can go on", async () => {
  await failing({ code: "training-diverged" });
  assert.equal(await page.evaluate(() => codeOf(() => losses(trainer, 5))), "training-diverged");
  await failing(undefined);
  assert.ok((await page.evaluate(() => losses(trainer, 5))).length >= 5);
});

test("a training that nothing refers to any more is freed", async () => {
  await page.evaluate(async () => {
    trainer.dispose();
    globalThis.trainer = undefined;
    for await (const _ of await start()) break;
  });
  while ((await inWorkers(() => globalThis.alive)).some((alive) => alive > 0)) {
    await page.evaluate(() => gc());
    await setTimeout(20);
  }
});

test("a trainer that is disposed of is collected", async () => {
  await page.evaluate(async () => {
    const other = await start();
    globalThis.disposed = new WeakRef(other);
    other.dispose();
  });
  const isThere = () => {
    gc();
    return disposed.deref() !== undefined;
  };
  for (let tries = 0; await page.evaluate(isThere); tries++) {
    assert.ok(tries < 100, "it is still there");
    await setTimeout(20);
  }
});

test("many trainings, one after the other, do not grow the memory", async () => {
  const train = (count) =>
    page.evaluate(async (count) => {
      for (let i = 0; i < count; i++) {
        const trainer = await start();
        await losses(trainer, 3);
        await trainer.state();
        trainer.dispose();
      }
    }, count);
  const most = async () => Math.max(...(await inWorkers(() => globalThis.bytes())));
  await train(10);
  const early = await most();
  await train(60);
  assert.ok(early > 0);
  assert.equal(await most(), early);
});

test("a lost device ends a training and says how it goes on; a new one starts", async () => {
  const lost = await page.evaluate(async () => {
    globalThis.trainer = await start();
    globalThis.state = await trainer.state();
  });
  assert.equal(lost, undefined);
  await failing({ code: "device", message: "the graphics device was lost: test" });
  const [failed, later, going] = await page.evaluate(async () => {
    const failed = await failure(() => losses(trainer, 1));
    const later = await codeOf(() => trainer.state());
    const next = await start({ state });
    const going = await losses(next, 2);
    next.dispose();
    return [failed, later, going];
  });
  assert.deepEqual([failed.code, failed.name, later], ["device", "UnnoiseError", "device"]);
  assert.match(failed.hint, /`state`/);
  assert.ok(going.every(Number.isFinite));
});

test("the end of a Diffuser is the end of its trainings, and of the worker that waits", async () => {
  const codes = await page.evaluate(async () => {
    const trainer = await start();
    const pending = codeOf(() => losses(trainer, 1e9));
    (await start()).dispose();
    diffuser.dispose();
    return [await pending, await codeOf(() => trainer.state()), await codeOf(() => start())];
  });
  assert.deepEqual(codes, ["disposed", "disposed", "disposed"]);
  while (page.workers().length > 0) await setTimeout(20);
});
