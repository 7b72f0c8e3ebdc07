// Every sampler through the public API: the plans in closed form, the papers' identities on data whose denoiser
// is known, and the bad input that only they have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.scheduler = { variance_type: "fixed_small" };
  globalThis.alphaBar = [1];
  for (let i = 0; i < 1000; i++) alphaBar.push(alphaBar[i] * (1 - (1e-4 + (0.02 - 1e-4) * (i / 999))));

  // Gaussian data: mean 0.2, variance 1/4. Its best denoiser and Analytic-DPM's table are exact.
  globalThis.exact = alphaBar.map((a) => (1 - a) / (a / 4 + 1 - a));
  const denoiser = (x, t) => {
    const a = alphaBar[t + 1];
    return x.map((value) => (Math.sqrt(1 - a) * (value - Math.sqrt(a) * 0.2)) / (a / 4 + 1 - a));
  };
  globalThis.gaussian = { denoiser, scheduler, clip: "none", shape: [1, 1, 8, 8], seed: 3 };
  globalThis.farthest = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
});

/** alpha_bar of the default schedule, at timesteps from 0. */
const alphaBars = [];
for (let i = 0; i < 1000; i++) alphaBars.push((alphaBars[i - 1] ?? 1) * (1 - (1e-4 + (0.02 - 1e-4) * (i / 999))));
const logSnrs = alphaBars.map((a) => Math.log(a / (1 - a)));

const plan = (o, meanSqEps) =>
  page.evaluate(([o, meanSqEps]) => diffuser.plan({ ...o, scheduler, meanSqEps }), [o, meanSqEps]);

const near = (found, wanted, what) =>
  assert.ok(Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), `${what}: ${found}, wanted ${wanted}`);

/** The papers' own formulas, from alpha_bar at t and s: factors of x0_hat, eps_hat, x_t and z. */
const PAPERS = {
  ddpm: (at, as, beta) => [
    (Math.sqrt(as) * beta) / (1 - at),
    0,
    (Math.sqrt(at / as) * (1 - as)) / (1 - at),
    Math.sqrt((beta * (1 - as)) / (1 - at)),
  ],
  ddim: (at, as, beta, eta) => {
    const z = eta * Math.sqrt((beta * (1 - as)) / (1 - at));
    return [Math.sqrt(as), Math.sqrt(1 - as - z * z), 0, z];
  },
  vdm: (at, as, beta) => [
    0,
    (-Math.sqrt(as / at) * beta) / Math.sqrt(1 - at),
    Math.sqrt(as / at),
    Math.sqrt((beta * (1 - as)) / (1 - at)),
  ],
};

/** Analytic-DPM's variance on top of a base (theorem 1), clipped for data in [-1, 1] (theorem 2). */
function optimal([x0, eps, xt, z], at, meanSqEps) {
  const ofImage = x0 - (eps * Math.sqrt(at)) / Math.sqrt(1 - at);
  const uncertain = Math.min(Math.max(((1 - at) / at) * (1 - meanSqEps), 0), 1);
  return [x0, eps, xt, Math.sqrt(z * z + ofImage ** 2 * uncertain)];
}

test("the plans of all five samplers are the papers' formulas", async () => {
  const trajectory = [900, 421, 60, 0];
  const measured = Array.from({ length: 1001 }, (_, n) => n / 1001);
  const cases = [
    [{ sampler: "ddpm" }, (...l) => PAPERS.ddpm(...l)],
    [{ sampler: "ddim", eta: 0.4 }, (...l) => PAPERS.ddim(...l, 0.4)],
    [{ sampler: "vdm" }, (...l) => PAPERS.vdm(...l)],
    [{ sampler: "analytic-ddpm", sigmaClip: 0 }, (...l) => PAPERS.ddpm(...l), true],
    [{ sampler: "analytic-ddim", sigmaClip: 0 }, (...l) => PAPERS.ddim(...l, 0), true],
    [{ sampler: "analytic-ddim", sigmaClip: 0, eta: 0.7 }, (...l) => PAPERS.ddim(...l, 0.7), true],
  ];
  for (const [o, formula, isAnalytic] of cases) {
    const { timesteps, steps } = await plan({ ...o, trajectory }, measured);
    assert.deepEqual(timesteps, trajectory);
    for (const [i, { t, s, logSnr, x0, eps, xt, z }] of steps.entries()) {
      const what = `${o.sampler} ${o.eta} at ${t}`;
      assert.deepEqual([t, s], [trajectory[i], trajectory[i + 1] ?? null]);
      near(logSnr, logSnrs[t], what);
      if (s === null) {
        assert.equal(z, 0, what);
        continue;
      }
      const [at, as] = [alphaBars[t], alphaBars[s]];
      const base = formula(at, as, 1 - at / as);
      const wanted = isAnalytic ? optimal(base, at, measured[t + 1]) : base;
      [x0, eps, xt, z].forEach((factor, j) => {
        near(factor, wanted[j], `${what}, factor ${j}`);
      });
    }
  }
});

test("sigmaClip bounds the noise of the step into timestep 0, by default to one grey value", async () => {
  const zero = new Array(1001).fill(0);
  const last = async (o) => (await plan({ sampler: "analytic-ddpm", trajectory: [200, 100, 0], ...o }, zero)).steps;
  const most = (y) => ((y * 2) / 255) * Math.sqrt(Math.PI / 2);
  const off = await last({ sigmaClip: 0 });
  assert.ok(off[1].z > most(255 / 64));
  near((await last({}))[1].z, most(1), "default");
  near((await last({ sigmaClip: 2.5 }))[1].z, most(2.5), "2.5");
  assert.equal((await last({}))[0].z, off[0].z);
  // DDPM's is bounded where that is asked for.
  const large = { sampler: "ddpm", variance: "large" };
  const beta = 1 - alphaBars[100] / alphaBars[0];
  near((await last(large))[1].z, Math.sqrt(beta), "off with DDPM");
  near((await last({ ...large, sigmaClip: 2 }))[1].z, most(2), "DDPM");
});

test("VDM's own path is even in log SNR, at fractional timesteps, of any number of steps", async () => {
  const { timesteps, steps } = await plan({ sampler: "vdm", steps: 7 });
  assert.equal(timesteps[0], 999);
  assert.equal(steps.at(-1).s, null);
  steps.forEach(({ t, logSnr }, i) => {
    near(logSnr, logSnrs[999] + ((logSnrs[0] - logSnrs[999]) * i) / 7, `level ${i}`);
    const below = Math.min(Math.floor(t), 998);
    near(logSnrs[below] + (logSnrs[below + 1] - logSnrs[below]) * (t - below), logSnr, `timestep ${t}`);
    assert.equal(t, timesteps[i]);
  });
  assert.ok(timesteps.some((t) => !Number.isInteger(t)));
  assert.equal((await plan({ sampler: "vdm" })).steps.length, 50);
  const most = { sampler: "vdm", steps: 100_000 };
  const length = await page.evaluate(async (o) => (await diffuser.plan({ ...o, scheduler })).steps.length, most);
  assert.equal(length, 100_000);
});

test("VDM asks the denoiser at its fractional timesteps, and clips nothing by itself", async () => {
  const seen = await page.evaluate(async () => {
    const asked = [];
    const denoiser = (x, t) => {
      asked.push(t);
      return x.map(() => 0);
    };
    const steps = [];
    const run = diffuser.sample({ denoiser, scheduler, shape: [1, 1, 8, 8], sampler: "vdm", steps: 5, seed: 1 });
    for await (const { timestep, next } of run) steps.push([timestep, next]);
    const unclipped = Math.max(...(await run.result()).x);
    const { timesteps } = await diffuser.plan({ sampler: "vdm", steps: 5, scheduler });
    return { asked, steps, timesteps, unclipped };
  });
  assert.deepEqual(seen.asked, seen.timesteps);
  assert.deepEqual(
    seen.steps,
    seen.timesteps.map((t, i) => [t, seen.timesteps[i + 1] ?? null]),
  );
  assert.ok(seen.unclipped > 1);
});

test("DDIM with eta 1, DDPM with the small variance and VDM are one sampler", async () => {
  const [ddim, vdm] = await page.evaluate(async () => {
    const x = async (o) => (await diffuser.sample({ ...gaussian, steps: 20, trajectory: "even", ...o }).result()).x;
    const ddpm = await x({ sampler: "ddpm", variance: "small" });
    return [farthest(ddpm, await x({ sampler: "ddim", eta: 1 })), farthest(ddpm, await x({ sampler: "vdm" }))];
  });
  assert.ok(ddim < 1e-5 && vdm < 1e-5, `${ddim}, ${vdm}`);
});

test("Analytic-DPM with a table of ones is its base sampler", async () => {
  const apart = await page.evaluate(async () => {
    const meanSqEps = new Array(1001).fill(1);
    const x = async (o) => (await diffuser.sample({ ...gaussian, steps: 12, ...o }).result()).x;
    const analytic = (o) => x({ meanSqEps, sigmaClip: 0, ...o });
    return [
      farthest(await x({ sampler: "ddpm" }), await analytic({ sampler: "analytic-ddpm" })),
      farthest(await x({ sampler: "ddim" }), await analytic({ sampler: "analytic-ddim" })),
      farthest(await x({ eta: 0.6 }), await analytic({ sampler: "analytic-ddim", eta: 0.6 })),
    ];
  });
  for (const worst of apart) assert.ok(worst < 1e-6, `${apart}`);
});

test("Analytic-DPM keeps the variance of Gaussian data in few steps, where DDPM's small variance loses it", async () => {
  const [ddpm, ...analytic] = await page.evaluate(async () => {
    const variance = async (o) => {
      const more = { shape: [4, 1, 64, 64], steps: 5, trajectory: "even", ...o };
      const { x } = await diffuser.sample({ ...gaussian, ...more }).result();
      const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
      return x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
    };
    const exactly = { meanSqEps: exact, sigmaClip: 0 };
    return [
      await variance({ sampler: "ddpm" }),
      await variance({ ...exactly, sampler: "analytic-ddpm" }),
      await variance({ ...exactly, sampler: "analytic-ddim" }),
      await variance({ ...exactly, sampler: "analytic-ddim", eta: 0.5 }),
    ];
  });
  for (const variance of analytic) assert.ok(Math.abs(variance - 0.25) < 0.01, `${analytic}`);
  assert.ok(ddpm < 0.2, `${ddpm}`);
});

test("tables that are none, whatever the sampler", async () => {
  const tables = [
    ["new Array(1000).fill(1)", "invalid-mean-sq-eps"],
    ["new Array(1002).fill(1)", "invalid-mean-sq-eps"],
    ["[]", "invalid-mean-sq-eps"],
    ["new Array(1001).fill(-0.1)", "invalid-mean-sq-eps"],
    ["new Array(1001).fill(NaN)", "invalid-mean-sq-eps"],
    ["new Array(1001).fill(Infinity)", "invalid-mean-sq-eps"],
    ["new Array(1001).fill('1')", "invalid-mean-sq-eps"],
    ["new Array(1001)", "invalid-mean-sq-eps"],
    ["{ mean_sq_eps: new Array(1001).fill(1) }", "invalid-mean-sq-eps"],
    ["'optimal'", "invalid-mean-sq-eps"],
    ["5", "invalid-mean-sq-eps"],
    ["null", "invalid-mean-sq-eps"],
    ["() => 1", "invalid-mean-sq-eps"],
    ["Symbol('table')", "invalid-mean-sq-eps"],
    ["new Array(1001).fill(1)", "nothing was thrown"],
  ];
  for (const sampler of ["ddim", "analytic-ddpm"]) {
    const o = `{ ...gaussian, sampler: "${sampler}", steps: 2, meanSqEps: o }`;
    assert.deepEqual(await codes(page, `diffuser.sample(${o}).result()`, tables), tables);
    const planned = `diffuser.plan({ scheduler, sampler: "${sampler}", meanSqEps: o })`;
    assert.deepEqual(await codes(page, planned, tables), tables);
  }
});

test("what is wrong with a table is said, and where", async () => {
  const message = (meanSqEps) =>
    page.evaluate(async (m) => (await failure(() => diffuser.plan({ scheduler, meanSqEps: m }))).message, meanSqEps);
  const allowed = "it must be 1001 numbers of at least 0: one for the data, then one per training timestep";
  assert.equal(await message([0, 1]), `\`meanSqEps\` is a list of 2; ${allowed}`);
  const negative = new Array(1001).fill(1).with(7, -0.5);
  assert.equal(await message(negative), `\`meanSqEps\` is -0.5 at index 7; ${allowed}`);
  const absent = await page.evaluate(() => failure(() => diffuser.plan({ scheduler, sampler: "analytic-ddim" })));
  assert.match(absent.message, /`meanSqEps` is absent; .*analytic_dpm\.json.*estimateAnalytic/);
});
