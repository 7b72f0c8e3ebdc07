// Steps of a run in Chromium beside as many predictions of native PyTorch, with as many threads, in turn.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median, ratio, spread } from "./table.mjs";

const PEER = fileURLToPath(new URL("native.py", import.meta.url));
/** Largest relative L2 difference between the two predictions. */
const TOLERANCE = 1e-4;
const WARM_UP = 2;

/** PyTorch in a process of its own: the program `PYTHON`, or python3. */
export class Native {
  version;
  #process;
  #lines;

  /** Undefined where that Python does not have torch and diffusers. */
  static async start() {
    const native = new Native();
    const python = process.env.PYTHON || "python3";
    native.#process = spawn(python, [PEER], { stdio: ["pipe", "pipe", "ignore"] });
    const failed = once(native.#process, "error").then(() => true);
    native.#lines = createInterface(native.#process.stdout)[Symbol.asyncIterator]();
    const first = await Promise.race([native.#lines.next(), failed]);
    if (first === true || first.done) return undefined;
    native.version = JSON.parse(first.value).version;
    return native;
  }

  async ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`native.py ended at ${JSON.stringify(request)}`);
    return JSON.parse(value);
  }

  close() {
    this.#process.kill();
  }
}

/** A row for one network at one size of batch; `files` are what PyTorch loads: config and weights. */
export async function nativeRow(rig, native, network, { batch, threads, rounds, steps }) {
  const folder = await mkdtemp(join(tmpdir(), "unnoise-native-"));
  try {
    await writeFile(join(folder, "config.json"), JSON.stringify(network.config));
    await writeFile(join(folder, "diffusion_pytorch_model.safetensors"), network.weights);
    const o = { ...network.ofOurs(batch), backend: "cpu" };
    return await rig.inPage(async (page) => {
      await page.evaluate(async (o) => {
        const { imagesOf, openUnnoise } = await import("/bench/browser/engines.js");
        Object.assign(globalThis, { ours: await openUnnoise(o), x: await imagesOf(o) });
      }, o);
      const [x, eps] = await page.evaluate(async () => [[...x], [...(await ours.predict(x))]]);
      await writeFile(join(folder, "x"), new Float32Array(x));
      const label = o.label ?? null;
      const answer = await native.ask({ load: folder, threads, batch, label, x: join(folder, "x") });
      const difference = differenceOf(eps, new Float32Array((await readFile(answer.eps)).buffer));
      if (!(difference < TOLERANCE)) throw new Error(`${network.title}: PyTorch differs by ${difference}`);
      const found = await rounded(page, native, rounds, steps);
      await page.evaluate(() => ours.close());
      return rowOf(network.title, { batch, threads, rounds, steps, difference }, found);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds per step of each round, ours and PyTorch's in turn. */
async function rounded(page, native, rounds, steps) {
  const found = { ours: [], theirs: [] };
  for (let round = -WARM_UP; round < rounds; round++) {
    const step = await page.evaluate(async (steps) => {
      const begun = performance.now();
      await ours.run(steps);
      return (performance.now() - begun) / steps;
    }, steps);
    const { ms } = await native.ask({ steps });
    if (round < 0) continue;
    found.ours.push(step);
    found.theirs.push(ms);
  }
  return found;
}

function rowOf(network, { batch, threads, rounds, steps, difference }, { ours, theirs }) {
  return {
    network,
    batch,
    "workers and threads": threads,
    rounds,
    steps,
    "unnoise in Chromium, step of a run, ms": spread(ours),
    "PyTorch, as many in a row, ms": spread(theirs),
    ratio: ratio(median(ours), median(theirs)),
    difference: difference.toExponential(1),
  };
}

/** How far the first list lies from the second: the relative L2 norm. */
function differenceOf(ours, theirs) {
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(ours.map((value, i) => value - theirs[i])) / norm([...theirs]);
}
