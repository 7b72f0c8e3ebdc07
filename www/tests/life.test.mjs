// The life of a worker: its crash, its end, and that it does not grow.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** A page with the tiny model on a CPU module whose glue has this code after it. */
async function pageWith(code = "") {
  site.patch("/pkg/cpu/unnoise.js", { after: code });
  const page = await blankPage(browser, site);
  await page.evaluate(async () => {
    globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    globalThis.model = await diffuser.load("/tiny/");
    globalThis.echo = { denoiser: (x) => x, shape: [1, 1, 8, 8], scheduler: model.info.scheduler };
  });
  return page;
}

/** Waits until nothing is left of what the page's `refs` refer to. */
async function untilCollected(page) {
  const left = () =>
    page.evaluate(() => {
      gc();
      return refs.filter((ref) => ref.deref() !== undefined).length;
    });
  for (let tries = 0; (await left()) > 0; tries++) {
    assert.ok(tries < 100, `${await left()} are left`);
    await setTimeout(20);
  }
}

/** A real trap of a real module: it has one function, whose body is `unreachable`. */
const TRAP = `
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  const trap = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.t;
  const panic = () => { console.error("panicked at src/model/unet.rs:1:2:\\nindex out of bounds\\n\\nStack:\\n..."); trap(); };`;

const CRASHES = {
  "in a call": `${TRAP} Network.prototype.predict = async () => panic();`,
  "while a call waits": `${TRAP} Network.prototype.predict = () => new Promise(() => setTimeout(panic));`,
  "in a promise nobody waits for": `${TRAP}
    Network.prototype.predict = () => { Promise.resolve().then(panic); return new Promise(() => {}); };`,
};

for (const [where, code] of Object.entries(CRASHES)) {
  test(`a crash ${where} rejects what is pending and what comes later`, async () => {
    const page = await pageWith(code);
    const [pending, queued, later] = await page.evaluate(async () => {
      const x = new Float32Array(64);
      const calls = [failure(() => model.predict(x, 5)), failure(() => model.sample({ steps: 2 }).result())];
      const [pending, queued] = await Promise.all(calls);
      return [pending, queued.code, await codeOf(() => diffuser.load("/tiny/"))];
    });
    assert.equal(pending.code, "engine-crashed");
    assert.match(pending.message, /the engine crashed: panicked at src\/model\/unet\.rs:1:2: index out of bounds$/);
    assert.match(pending.hint, /new Diffuser/);
    assert.deepEqual([queued, later], ["engine-crashed", "engine-crashed"]);
    const again = await page.evaluate(async () => {
      const next = await unnoise.Diffuser.create({ backend: "cpu" });
      return (await (await next.load("/tiny/")).plan({ steps: 3 })).timesteps.length;
    });
    assert.equal(again, 3);
  });
}

test("dispose rejects what is pending and what comes later", async () => {
  const page = await pageWith();
  const codes = await page.evaluate(async () => {
    const run = model.sample({ steps: 1000 });
    const calls = [codeOf(() => run.result()), codeOf(() => model.predict(new Float32Array(64), 5))];
    await new Promise((resolve) => setTimeout(resolve, 50));
    diffuser.dispose();
    diffuser.dispose();
    return [
      ...(await Promise.all(calls)).slice(0, 1),
      await codeOf(() => run.result()),
      await codeOf(() => model.predict(new Float32Array(64), 5)),
      await codeOf(() => model.plan()),
      await codeOf(() => diffuser.load("/tiny/")),
      await codeOf(() => diffuser.sample({ ...echo, steps: 2 }).result()),
    ];
  });
  assert.deepEqual(codes, ["disposed", "run-closed", "disposed", "disposed", "disposed", "disposed"]);
  while (page.workers().length > 0) await setTimeout(20);
});

test("a denoiser that is at work while its Diffuser is disposed of does not hang", async () => {
  const page = await pageWith();
  const code = await page.evaluate(() => {
    const denoiser = async (x) => {
      diffuser.dispose();
      return x;
    };
    return codeOf(() => diffuser.sample({ ...echo, denoiser, steps: 2 }).result());
  });
  assert.equal(code, "disposed");
});

for (const kind of ["a network", "a denoiser"]) {
  test(`a thousand steps of ${kind} do not grow the memory after the first fifty`, async () => {
    const page = await pageWith();
    const [early, late, steps] = await page.evaluate(async (kind) => {
      const o = { steps: 1000, sampler: "ddpm", batch: 1, seed: 1 };
      const run = kind === "a network" ? model.sample(o) : diffuser.sample({ ...echo, ...o });
      let early = 0;
      let steps = 0;
      for await (const step of run) {
        steps += 1;
        if (step.index === 50) early = await diffuser.memory();
      }
      return [early, await diffuser.memory(), steps];
    }, kind);
    assert.equal(steps, 1000);
    assert.ok(early > 0);
    assert.equal(late, early);
  });
}

test("ten thousand steps of a network do not grow the memory after the first five hundred", async () => {
  const page = await pageWith();
  const [early, late] = await page.evaluate(async () => {
    const run = (steps) => model.sample({ steps, sampler: "ddpm", batch: 1, seed: 1 }).result();
    await run(500);
    const early = await diffuser.memory();
    for (let done = 500; done < 10_000; done += 500) await run(500);
    return [early, await diffuser.memory()];
  });
  assert.ok(early > 0);
  assert.equal(late, early);
});

test("a run that nothing refers to any more is freed", async () => {
  const page = await pageWith();
  const grown = await page.evaluate(async () => {
    const { signal } = new AbortController();
    const big = { ...echo, shape: [64, 3, 64, 64], steps: 2, signal };
    const startAndForget = async (count) => {
      for (let i = 0; i < count; i++) {
        await diffuser.sample(big)[Symbol.asyncIterator]().next();
        gc();
        await new Promise((resolve) => setTimeout(resolve));
      }
      return diffuser.memory();
    };
    return -(await startAndForget(10)) + (await startAndForget(60));
  });
  // 60 runs that stayed would take 180 MiB.
  assert.ok(grown < 32 * 2 ** 20, `grew by ${grown} bytes`);
});

test("a model that nothing refers to any more is freed", async () => {
  const page = await pageWith();
  const grown = await page.evaluate(async () => {
    const loadAndForget = async (count) => {
      for (let i = 0; i < count; i++) {
        await diffuser.load("/tiny/");
        gc();
        await new Promise((resolve) => setTimeout(resolve));
      }
      return diffuser.memory();
    };
    return -(await loadAndForget(10)) + (await loadAndForget(60));
  });
  // 60 models that stayed would take 11 MiB and more.
  assert.ok(grown < 3 * 2 ** 20, `grew by ${grown} bytes`);
});

test("a model that is disposed of rejects what is pending and what comes later, and gives its memory back", async () => {
  const page = await pageWith();
  const [codes, sizes, others] = await page.evaluate(async () => {
    const sizes = [];
    const x = new Float32Array(64);
    for (let i = 0; i < 60; i++) {
      const other = await diffuser.load("/tiny/");
      await other.predict(x, 5);
      other.dispose();
      if (i === 9 || i === 59) sizes.push(await diffuser.memory());
    }
    const other = await diffuser.load("/tiny/");
    const [watched, waiting] = [other.sample({ steps: 1000, seed: 1 }), other.sample({ steps: 3 })];
    await waiting.initial();
    const calls = [watched.result(), other.predict(x, 5), other.likelihood(x)].map((call) => codeOf(() => call));
    other.dispose();
    other.dispose();
    const codes = await Promise.all(calls);
    codes.push(
      await codeOf(() => waiting.result()),
      await codeOf(() => other.plan()),
      await codeOf(() => other.encode(x)),
    );
    return [codes, sizes, (await model.sample({ steps: 2 }).result()).x.length];
  });
  assert.deepEqual(codes, Array(6).fill("disposed"));
  assert.equal(sizes[1], sizes[0], "bytes of the module after sixty models, and after ten");
  assert.equal(others, 64);
});

test("a model that is disposed of, and its files in memory, are collected", async () => {
  const page = await pageWith();
  await page.evaluate(async () => {
    const file = async (name) => (await fetch(`/tiny/${name}`)).json();
    const [config, scheduler] = await Promise.all(
      ["unet/config.json", "scheduler/scheduler_config.json"].map((name) => file(name)),
    );
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    globalThis.refs = [];
    for (let i = 0; i < 5; i++) {
      const copy = weights.slice();
      const other = await diffuser.load({ config, scheduler, weights: copy });
      await other.sample({ steps: 2, labels: [0] }).result();
      refs.push(new WeakRef(other), new WeakRef(copy));
      other.dispose();
    }
  });
  await untilCollected(page);
});

test("Diffusers that were disposed of leave no worker and no listener behind", async () => {
  const page = await blankPage(browser, site);
  const session = await page.context().newCDPSession(page);
  const listeners = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Memory.getDOMCounters")).jsEventListeners;
  };
  const create = (count) =>
    page.evaluate(async (count) => {
      for (let i = 0; i < count; i++) (await unnoise.Diffuser.create({ backend: "cpu", workers: 2 })).dispose();
    }, count);
  await create(2);
  const few = await listeners();
  await create(10);
  // What is left of a worker is collected some time after its end.
  for (let tries = 0; tries < 50 && (await listeners()) > few; tries++) await setTimeout(100);
  assert.ok((await listeners()) <= few, `${await listeners()} listeners after twelve, ${few} after two`);
  assert.equal(page.workers().length, 0);
});
