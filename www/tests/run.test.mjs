// Runs: their steps, their iterator, their end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.scheduler = model.info.scheduler;
  globalThis.collect = async (run) => {
    const steps = [];
    for await (const step of run) steps.push(step);
    return steps;
  };
  // A network that sees nothing but noise: it answers its input.
  globalThis.echo = { denoiser: (x) => x, shape: [1, 1, 4, 4], scheduler };
});

test("a run has the steps it was asked for, with all their fields", async () => {
  const steps = await page.evaluate(async () => {
    const steps = [];
    for await (const s of model.sample({ steps: 4, batch: 2, seed: 1 })) {
      const [x0, xt] = [await s.x0(), await s.xt()];
      steps.push({ ...s, x0: x0.length, xt: xt.length, finite: xt.every(Number.isFinite) });
    }
    return steps;
  });
  const each = { steps: 4, x0: 128, xt: 128, finite: true };
  assert.deepEqual(steps, [
    { index: 0, timestep: 750, next: 500, ...each },
    { index: 1, timestep: 500, next: 250, ...each },
    { index: 2, timestep: 250, next: 0, ...each },
    { index: 3, timestep: 0, next: null, ...each },
  ]);
});

test("a run gives its plan and x_T before, between and after its steps", async () => {
  const asked = await page.evaluate(async () => {
    const given = Float32Array.from({ length: 64 }, (_, i) => i / 64);
    const options = [
      { steps: 3, sampler: "ddpm", rng: "torch", seed: 5, first: [1, 3], batch: 2 },
      { steps: 3, seed: 5, noise: given },
    ];
    const found = [];
    for (const o of options) {
      const run = model.sample(o);
      const before = [await run.plan, await run.initial()];
      const late = model.sample(o);
      for await (const step of late) if (step.index === 1) found.push([await late.plan, [...(await late.initial())]]);
      // What the caller does with x_T is his own affair.
      before[1].fill(0);
      await run.result();
      const after = [await run.plan, [...(await run.initial())]];
      const { seed, noise, first, batch, rng, ...plan } = o;
      found.push(after, [await model.plan(plan), noise ? [...noise] : undefined]);
    }
    const whole = await unnoise.noise(5, [3, 1, 8, 8], "torch");
    return { found, part: [...whole.subarray(64)] };
  });
  const [drawnLate, drawn, drawnPlan, givenLate, given, givenPlan] = asked.found;
  assert.deepEqual(drawn, [drawnPlan[0], asked.part]);
  assert.deepEqual(drawnLate, drawn);
  assert.deepEqual(given, givenPlan);
  assert.deepEqual(givenLate, given);
});

test("asking a run for its plan or x_T fails as its first step does, and after its end", async () => {
  const codes = await page.evaluate(async () => {
    const code = (promise) =>
      promise.then(
        () => "answered",
        (error) => (typeof error.code === "string" ? error.code : error.name),
      );
    const wrong = model.sample({ steps: 0 });
    const found = [await code(wrong.plan), await code(wrong.initial()), await code(wrong.next())];
    const left = model.sample({ steps: 2, seed: 1 });
    for await (const _ of left) break;
    const controller = new AbortController();
    controller.abort();
    const aborted = model.sample({ signal: controller.signal });
    return [...found, await code(left.plan), await code(left.initial()), await code(aborted.plan)];
  });
  assert.deepEqual(codes, [
    "invalid-steps",
    "invalid-steps",
    "invalid-steps",
    "run-closed",
    "run-closed",
    "AbortError",
  ]);
});

test("a step is drawn as round((x / 2 + 0.5) * 255), clamped, grey or RGB", async () => {
  const drawn = await page.evaluate(async () => {
    const draw = async (shape) => {
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => -1.2 + 0.1 * i);
      const sampleIsX0 = { ...scheduler, prediction_type: "sample", clip_sample: false };
      const run = diffuser.sample({ denoiser: () => values, shape, scheduler: sampleIsX0, steps: 1 });
      const { value: step } = await run[Symbol.asyncIterator]().next();
      const picture = step.rgba("x0", 1);
      return { x0: [...(await step.x0())], width: picture.width, height: picture.height, data: [...picture.data] };
    };
    return { grey: await draw([2, 1, 2, 3]), rgb: await draw([2, 3, 2, 3]) };
  });
  const byte = (x) => Math.min(255, Math.max(0, Math.round((x / 2 + 0.5) * 255)));
  for (const [name, channels] of [
    ["grey", 1],
    ["rgb", 3],
  ]) {
    const { x0, width, height, data } = drawn[name];
    assert.deepEqual([width, height], [3, 2]);
    for (let pixel = 0; pixel < 6; pixel++) {
      const plane = (c) => byte(x0[(channels + (channels === 3 ? c : 0)) * 6 + pixel]);
      assert.deepEqual(data.slice(4 * pixel, 4 * pixel + 4), [plane(0), plane(1), plane(2), 255], `${name} ${pixel}`);
    }
  }
});

test("the result is the last state, with pictures", async () => {
  const [result, last] = await page.evaluate(async () => {
    const run = model.sample({ steps: 3, batch: 2, seed: 7 });
    const { x, images, seed } = await run.result();
    const steps = await collect(model.sample({ steps: 3, batch: 2, seed: 7 }));
    return [{ x: [...x], sizes: images.map((i) => [i.width, i.height]), seed }, [...(await steps.at(-1).xt())]];
  });
  assert.deepEqual(result.x, last);
  assert.deepEqual(result.sizes, [
    [8, 8],
    [8, 8],
  ]);
  assert.equal(result.seed, 7);
});

test("a run without a seed draws one and says which", async () => {
  const [seeds, same] = await page.evaluate(async () => {
    const runs = [model.sample({ steps: 2 }), model.sample({ steps: 2 })];
    const first = await runs[0].result();
    const again = await model.sample({ steps: 2, seed: runs[0].seed }).result();
    return [runs.map(({ seed }) => seed), first.seed === runs[0].seed && first.x.join() === again.x.join()];
  });
  assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32));
  assert.notEqual(seeds[0], seeds[1]);
  assert.ok(same);
});

test("all loops over a run share its iterator, and break closes it", async () => {
  const seen = await page.evaluate(async () => {
    const run = model.sample({ steps: 4 });
    const iterator = run[Symbol.asyncIterator]();
    const first = await iterator.next();
    const same = run[Symbol.asyncIterator]() === iterator;
    const indices = [first.value.index];
    for await (const step of run) {
      indices.push(step.index);
      if (step.index === 2) break;
    }
    return [same, indices, await iterator.next(), await codeOf(() => run.result())];
  });
  assert.deepEqual(seen, [true, [0, 1, 2], { done: true, value: undefined }, "run-closed"]);
});

test("calls of next queue, and those past the end are done", async () => {
  const seen = await page.evaluate(async () => {
    const iterator = model.sample({ steps: 2 })[Symbol.asyncIterator]();
    const four = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    return four.map(({ done, value }) => [done, value?.index]);
  });
  assert.deepEqual(seen, [
    [false, 0],
    [false, 1],
    [true, undefined],
    [true, undefined],
  ]);
});

test("between two steps nothing runs", async () => {
  const calls = await page.evaluate(async () => {
    let calls = 0;
    const denoiser = (x) => {
      calls += 1;
      return x;
    };
    const run = diffuser.sample({ ...echo, denoiser, steps: 5 });
    const wait = () => new Promise((resolve) => setTimeout(resolve, 100));
    await wait();
    const seen = [calls];
    const iterator = run[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    await wait();
    seen.push(calls);
    await run.result();
    seen.push(calls);
    return seen;
  });
  assert.deepEqual(calls, [0, 2, 5]);
});

test("a result goes on from where the iteration stands, and can be asked for again", async () => {
  const same = await page.evaluate(async () => {
    const run = model.sample({ steps: 4, seed: 3 });
    await run[Symbol.asyncIterator]().next();
    const [a, b] = await Promise.all([run.result(), run.result()]);
    const whole = await model.sample({ steps: 4, seed: 3 }).result();
    return [a, b, await run.result()].map(({ x }) => x.join() === whole.x.join());
  });
  assert.deepEqual(same, [true, true, true]);
});

test("steps that nobody sees share messages, come to the same, and let others have their turn", async () => {
  const found = await page.evaluate(async () => {
    const { postMessage } = Worker.prototype;
    let messages = 0;
    Worker.prototype.postMessage = function (...message) {
      messages += 1;
      return postMessage.apply(this, message);
    };
    const options = { sampler: "ddpm", steps: 200, seed: 8 };
    const count = async (work) => {
      messages = 0;
      return [await work(), messages];
    };
    const [watched, each] = await count(async () => (await collect(model.sample(options))).at(-1).xt());
    const [{ x }, few] = await count(() => model.sample(options).result());
    Worker.prototype.postMessage = postMessage;

    let ended = false;
    const long = model.sample({ ...options, steps: 1000 }).result();
    void long.then(() => {
      ended = true;
    });
    await model.predict(new Float32Array(64), 5, [1]);
    const waited = ended;
    await long;
    return { each, few, same: x.every((value, i) => value === watched[i]), waited };
  });
  assert.ok(found.each >= 200, `${found.each} messages for 200 steps that are watched`);
  assert.ok(found.few < 100, `${found.few} messages for 200 steps that nobody sees`);
  assert.equal(found.same, true);
  assert.equal(found.waited, false, "another call waited for the whole run");
});

test("runs of one worker do not disturb one another", async () => {
  const same = await page.evaluate(async () => {
    const alone = await model.sample({ steps: 3, seed: 5 }).result();
    const [a] = await Promise.all([
      model.sample({ steps: 3, seed: 5 }).result(),
      diffuser.sample({ ...echo, steps: 3 }).result(),
      model.sample({ steps: 3, seed: 6 }).result(),
    ]);
    return a.x.join() === alone.x.join();
  });
  assert.ok(same);
});

test("an aborted run rejects with the signal's reason, within one step", async () => {
  const seen = await page.evaluate(async () => {
    const message = async (call) => (await failure(call)).message;
    const pending = async () => {
      const abort = new AbortController();
      let calls = 0;
      const denoiser = () => {
        calls += 1;
        setTimeout(() => abort.abort(new Error("enough")), 20);
        return new Promise(() => {});
      };
      const run = diffuser.sample({ ...echo, denoiser, steps: 5, signal: abort.signal });
      return [await message(() => run.result()), calls, await codeOf(() => run.result())];
    };
    const between = async () => {
      const abort = new AbortController();
      const run = model.sample({ steps: 5, signal: abort.signal });
      const iterator = run[Symbol.asyncIterator]();
      await iterator.next();
      abort.abort(new Error("enough"));
      return [await message(() => iterator.next()), (await iterator.next()).done, await codeOf(() => run.result())];
    };
    const before = async () => {
      const run = model.sample({ steps: 5, signal: AbortSignal.abort(new Error("never")) });
      return [await message(() => run.result()), await codeOf(() => run.result())];
    };
    return [await pending(), await between(), await before(), (await model.sample({ steps: 1 }).result()).x.length];
  });
  assert.deepEqual(seen, [["enough", 1, "run-closed"], ["enough", true, "run-closed"], ["never", "run-closed"], 64]);
});

test("a run that is left frees its state in the worker", async () => {
  const growth = await page.evaluate(async () => {
    const big = { denoiser: (x) => x, shape: [64, 3, 64, 64], scheduler, steps: 2 };
    const leave = async () => {
      for await (const _ of diffuser.sample(big)) break;
    };
    for (let i = 0; i < 5; i++) await leave();
    const before = await diffuser.memory();
    for (let i = 0; i < 30; i++) await leave();
    return (await diffuser.memory()) - before;
  });
  // 30 runs that stayed would take 90 MiB.
  assert.ok(growth < 4 * 2 ** 20, `grew by ${growth} bytes`);
});
