// Training on points of the plane: what is learnt, that it is the same every time, and every objective.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "./helpers.mjs";
import { trainingPage } from "./train-site.mjs";

const { browser, site } = await setUp();
const page = await trainingPage(browser, site);

test("the loss falls, and samples become like the data", async () => {
  const { before, after, first, last, info } = await page.evaluate(async () => {
    const points = moons(500);
    const o = { network: { layers: 3, width: 64 }, batch: 64, learningRate: 1e-2, warmup: 10, ema: 0.95 };
    const trainer = await diffuser.train({ points }, o);
    const distance = async () => {
      const { scheduler } = trainer.info;
      const denoiser = (x, t) => trainer.predict(x, t);
      const run = diffuser.sample({ denoiser, shape: [300, 2, 1, 1], scheduler, steps: 15, clip: "none", seed: 1 });
      return energyDistance(points, (await run.result()).x);
    };
    const before = await distance();
    const found = await losses(trainer, 200);
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const after = await distance();
    trainer.dispose();
    return { before, after, first: mean(found.slice(0, 10)), last: mean(found.slice(-50)), info: trainer.info };
  });
  assert.deepEqual(info.shape, [2, 1, 1]);
  assert.equal(info.scheduler.beta_schedule, "squaredcos_cap_v2");
  assert.deepEqual([info.backend.kind, info.backend.device], ["burn", "cpu"]);
  // The matrices between three layers of 64, and what leads in and out.
  assert.ok(info.parameters > 2 * 64 * 64 && info.parameters < 3 * 64 * 64, `${info.parameters}`);
  assert.ok(last < 0.9 * first, `${first} to ${last}`);
  assert.ok(after < 0.03 && before > 0.05, `${before} to ${after}`);
});

test("reports tell steps, rates and times", async () => {
  const reports = await page.evaluate(async () => {
    const trainer = await diffuser.train({ points: moons(50) }, { network: small.points, batch: 16, warmup: 1e6 });
    const reports = [];
    for await (const report of trainer) if (reports.push(report) === 3) break;
    trainer.dispose();
    return reports;
  });
  let done = 0;
  for (const { step, loss, losses, terms, learningRate, ms } of reports) {
    assert.equal(step, done + losses.length);
    done = step;
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    assert.ok(Math.abs(loss - mean) < 1e-9 && losses.every(Number.isFinite));
    assert.ok(Object.values(terms).every(Number.isFinite) && terms.gradientNorm > 0, JSON.stringify(terms));
    assert.ok(learningRate > 0 && learningRate < 2e-3 * 1e-2 && ms > 0);
  }
});

test("a loop of so many steps ends after these, and the next goes on", async () => {
  const found = await page.evaluate(async () => {
    const trainer = await diffuser.train({ points: moons(50) }, { network: { layers: 1, width: 8 }, batch: 4 });
    const ends = [];
    for (const count of [1, 200, 1]) {
      let step;
      for await (const report of trainer.steps(count)) step = report.step;
      ends.push(step);
    }
    for (const count of [0, 1.5, Number.NaN, "3", undefined]) ends.push(await codeOf(async () => trainer.steps(count)));
    trainer.dispose();
    return ends;
  });
  assert.deepEqual(found, [1, 201, 202, ...Array(5).fill("invalid-count")]);
});

test("the same seed gives the same losses to the last bit, also after a pause, and another seed others", async () => {
  const [whole, paused, other] = await page.evaluate(async () => {
    const found = [];
    for (const [seed, cut] of [
      [3, 0],
      [3, 7],
      [4, 0],
    ]) {
      const trainer = await diffuser.train({ points: moons(100) }, { network: small.points, batch: 32, seed });
      const start = cut ? await losses(trainer, cut) : [];
      if (cut) await trainer.predict(new Float32Array(4), 10);
      found.push([...start, ...(await losses(trainer, 20 - start.length))].slice(0, 20));
      trainer.dispose();
    }
    return found;
  });
  assert.equal(whole.length, 20);
  assert.deepEqual(paused, whole);
  assert.ok(other.every((loss, i) => loss !== whole[i]));
});

test("a training that goes on from its state is the same to the last bit", async () => {
  const [straight, again] = await page.evaluate(async () => {
    const o = { network: small.points, batch: 32, warmup: 5, decaySteps: 100, weightDecay: 0.01 };
    const data = { points: moons(100) };
    const first = await diffuser.train(data, o);
    await losses(first, 10);
    const state = await first.state();
    const straight = await losses(first, 10);
    const second = await diffuser.train(data, { ...o, state });
    const again = await losses(second, 10);
    // Both at the same step.
    const count = Math.min(straight.length, again.length);
    return [straight.slice(0, count), again.slice(0, count)];
  });
  assert.ok(straight.length >= 10);
  assert.deepEqual(again, straight);
});

test("a prediction is of the averages, and asked as a network is", async () => {
  const [one, many, codes] = await page.evaluate(async () => {
    const trainer = await diffuser.train({ points: moons(50) }, { network: small.points });
    await losses(trainer, 3);
    const x = Float32Array.of(0.5, -1, 0.5, -1);
    const one = await trainer.predict(x, 700);
    const many = await trainer.predict(x, [700, 20]);
    const codes = [
      await codeOf(() => trainer.predict(new Float32Array(3), 5)),
      await codeOf(() => trainer.predict([1, 2], 5)),
      await codeOf(() => trainer.predict(x, 1000)),
      await codeOf(() => trainer.predict(x, [1, 2, 3])),
      await codeOf(() => trainer.predict(x, 5, [0])),
      await codeOf(() => trainer.model()),
      await codeOf(() => trainer.save()),
    ];
    trainer.dispose();
    return [[...one], [...many], codes];
  });
  assert.deepEqual(one.slice(0, 2), one.slice(2));
  assert.deepEqual(many.slice(0, 2), one.slice(0, 2));
  assert.notDeepEqual(many.slice(2), one.slice(2));
  const points = ["invalid-labels", "invalid-data", "invalid-data"];
  assert.deepEqual(codes, ["invalid-x", "invalid-x", "invalid-t", "invalid-t", ...points]);
});

test("a schedule that is learned is told: it rises from the data to the noise, and changes", async () => {
  const [given, gammas] = await page.evaluate(async () => {
    const o = { network: small.points, batch: 16, warmup: 0, objective: "vdm_continuous" };
    const gammas = [];
    for (const gamma of ["linear", "learned"]) {
      const trainer = await diffuser.train({ points: moons(50) }, { ...o, gamma });
      for await (const report of trainer) {
        gammas.push(report.gamma && [...report.gamma]);
        if (report.step > 300) break;
      }
      trainer.dispose();
    }
    return [gammas[0] === undefined, gammas.filter(Boolean)];
  });
  assert.ok(given && gammas.length > 0);
  for (const gamma of gammas) {
    assert.equal(gamma.length, 33);
    assert.ok(
      gamma.every((value, i) => i === 0 || value > gamma[i - 1]),
      `${gamma}`,
    );
  }
  assert.notDeepEqual(gammas.at(-1), gammas[0]);
});

test("every objective and prediction trains", async () => {
  const table = [
    ...["epsilon", "sample", "v_prediction", "mu"].map((prediction) => ({ prediction })),
    { objective: "l_vlb" },
    { objective: "l_vlb", variance: "large" },
    { objective: "l_vlb", variance: "learned" },
    { objective: "l_hybrid" },
    { objective: "k_2015" },
    { objective: "k_2015", betas: "learned" },
    { objective: "j_sigma" },
    { objective: "j_sigma", eta: 0.3 },
    { objective: "vdm_discrete", times: 20 },
    { objective: "vdm_continuous", prediction: "sample" },
    { objective: "vdm_continuous", gamma: "learned" },
    ...["uniform", "snr", "min-snr"].map((weighting) => ({ objective: "vdm_weighted", weighting })),
    { objective: "vdm_weighted", minSnrGamma: 1 },
    {
      objective: "vdm_weighted",
      weighting: [
        [-5, 0],
        [0, 1],
        [5, 0],
      ],
    },
    { scheduler: { num_train_timesteps: 50, beta_schedule: "linear", beta_end: 0.3 } },
    { network: { layers: 2, width: 32, fourier: [0, 1] } },
    { antithetic: false, ema: 0, clipNorm: 0.1 },
  ];
  const found = await page.evaluate(async (table) => {
    const all = [];
    for (const o of table) {
      const base = { network: small.points, batch: 16, warmup: 0, learningRate: 0.01 };
      const trainer = await diffuser.train({ points: moons(50) }, { ...base, ...o });
      const { prediction_type } = trainer.info.scheduler;
      all.push({ losses: (await losses(trainer, 3)).slice(0, 3), prediction_type });
      trainer.dispose();
    }
    return all;
  }, table);
  for (const [i, { losses }] of found.entries()) {
    assert.ok(losses.every(Number.isFinite), `${JSON.stringify(table[i])}: ${losses}`);
  }
  // Each is another loss: none of the options is ignored.
  const third = found.map(({ losses }) => losses[2]);
  const same = table.filter((_, i) => third.indexOf(third[i]) !== i);
  assert.deepEqual(same, []);
  assert.equal(found[2].prediction_type, "v_prediction");
});

test("learned betas are told, and are those of the forward process from then on; the first stays", async () => {
  const { before, told, scheduler, x } = await page.evaluate(async () => {
    const scheduler = { num_train_timesteps: 12, beta_start: 0.01, beta_end: 0.5, prediction_type: "epsilon" };
    const o = { objective: "k_2015", betas: "learned", network: small.points, batch: 32, scheduler };
    const trainer = await diffuser.train({ points: moons(100) }, o);
    const before = trainer.info.scheduler.trained_betas;
    let told;
    for await (const { step, betas } of trainer) {
      told = [...betas];
      if (step >= 30) break;
    }
    const denoiser = (x, t) => trainer.predict(x, t);
    const run = diffuser.sample({ denoiser, shape: [4, 2, 1, 1], scheduler: trainer.info.scheduler, steps: 12 });
    const found = { before, told, scheduler: trainer.info.scheduler, x: [...(await run.result()).x] };
    trainer.dispose();
    return found;
  });
  const linear = Array.from({ length: 12 }, (_, i) => 0.01 + (0.49 * i) / 11);
  for (const [i, beta] of before.entries()) assert.ok(Math.abs(beta - linear[i]) < 1e-9, `${before}`);
  assert.deepEqual(scheduler.trained_betas, told);
  assert.ok(Math.abs(told[0] - 0.01) < 1e-9 && told.slice(1).every((beta, i) => beta !== before[i + 1]), `${told}`);
  assert.ok(x.every(Number.isFinite));
});
