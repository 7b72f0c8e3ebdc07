// What cannot cross between the page and its worker: it is refused before it is sent, and where it is sent all the same, nothing waits.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { tinyScheduler } from "./tiny-model.mjs";

const { browser, site } = await setUp();
let page;
/** Keeps the workers, to speak to them past the library. */
const keepWorkers = () => {
  globalThis.workers = [];
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      workers.push(this);
    }
  };
  globalThis.nested = (depth, wrap = (inner) => [inner]) => {
    let value = 1;
    for (let i = 0; i < depth; i++) value = wrap(value);
    return value;
  };
};
before(async () => {
  // As a message does that a browser cannot read there; at which depth that is differs between browsers, and from stack to stack.
  const spoil = 'self.dispatchEvent(new MessageEvent("messageerror"))';
  site.patch("/pkg/worker.js", {
    after: `self.addEventListener("message", ({ data }) => data === "spoil" && ${spoil});`,
  });
  page = await blankPage(browser, site, { init: keepWorkers });
  await page.evaluate(async () => {
    globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    globalThis.model = await diffuser.load("/tiny/");
    globalThis.scheduler = model.info.scheduler;
    globalThis.endless = () =>
      diffuser.sample({ denoiser: () => new Promise(() => {}), shape: [1, 1, 4, 4], scheduler });
  });
});

test("an option is refused for its depth, with its name", async () => {
  const found = await page.evaluate(async () => {
    const object = (inner) => ({ a: inner });
    const failures = {};
    for (const depth of [65, 1300, 2000, 100_000]) {
      for (const deep of [nested(depth), nested(depth, object)]) {
        const weights = new ArrayBuffer(8);
        const calls = {
          trajectory: () => model.plan({ trajectory: deep }),
          steps: () => model.sample({ steps: deep }).result(),
          t: () => model.predict(new Float32Array(64), deep),
          labels: () => model.likelihood(new Float32Array(64), { labels: deep }),
          shape: () => unnoise.noise(1, deep),
          seed: () => unnoise.noise(deep, [1, 1, 2, 2]),
          "scheduler.beta_start": () => diffuser.plan({ scheduler: { beta_start: deep } }),
          "source.config.unread": () => diffuser.load({ config: { unread: deep }, weights }),
          "source.labels": () => diffuser.load({ config: {}, weights, labels: deep }),
        };
        for (const [name, call] of Object.entries(calls)) failures[`${name} ${depth}`] = [name, await failure(call)];
      }
    }
    return failures;
  });
  for (const [what, [name, { code, message }]] of Object.entries(found)) {
    assert.equal(message, `\`${name}\` is nested more than 64 levels deep; it must be flatter`, what);
    assert.match(code, /^invalid-[a-z]+$/);
  }
});

test("a folder's files cross without what nobody reads, however deep it is", async () => {
  const deep = (depth) => JSON.parse("[".repeat(depth) + "]".repeat(depth));
  site.putModel("/deep/", { config: { unread: deep(1500) }, scheduler: { ...tinyScheduler, unread: deep(2000) } });
  assert.equal(await page.evaluate(async () => (await diffuser.load("/deep/")).info.parameters > 0), true);
});

test("a message that the worker cannot read rejects what is pending, and the model goes on", async () => {
  const { pending, again } = await page.evaluate(async () => {
    const slow = failure(() => model.estimateAnalytic(new Float32Array(64 * 40)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    workers[0].postMessage("spoil");
    return { pending: await slow, again: (await model.sample({ steps: 2 }).result()).x.length };
  });
  assert.deepEqual([pending.code, pending.name], ["not-sent", "UnnoiseError"], pending.message);
  assert.equal(again, 64);
});

test("a message that the page cannot read rejects what is pending too", async () => {
  const { pending, again } = await page.evaluate(async () => {
    const slow = failure(() => model.estimateAnalytic(new Float32Array(64 * 40)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    workers[0].dispatchEvent(new MessageEvent("messageerror"));
    return { pending: await slow, again: (await model.sample({ steps: 2 }).result()).x.length };
  });
  assert.equal(pending.code, "not-sent");
  assert.equal(again, 64);
});
