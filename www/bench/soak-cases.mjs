// The cases of `./build.sh soak`: how often, what stands before the first time (`begin`), how it is done `count` times (`some`), and how often
// before that is counted (`warm`): until the allocator has the room that it takes, or every view has been whole.

/** A Diffuser and the tests' tiny model on a back end. */
const opened = (backend) => (page) =>
  page.evaluate(async (backend) => {
    globalThis.diffuser = await unnoise.Diffuser.create({ backend });
    globalThis.model = await diffuser.load("/tiny/");
    globalThis.x = new Float32Array(64);
  }, backend);

const steps = (page, count) =>
  page.evaluate(async (count) => {
    for (let done = 0; done < count; done += 100) {
      for await (const step of model.sample({ steps: Math.min(100, count - done), seed: done })) step.rgba("x0");
    }
  }, count);

const loads = (page, count) =>
  page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) {
      const other = await diffuser.load("/tiny/");
      await other.predict(x, 5);
      other.dispose();
    }
  }, count);

const creations = (page, count) =>
  page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) {
      const other = await unnoise.Diffuser.create({ backend: "cpu" });
      await (await other.load("/tiny/")).predict(x, 5);
      other.dispose();
    }
  }, count);

/** A run is under way when its worker dies; the next Diffuser does not know of it. */
const crashes = (page, count) =>
  page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) {
      const other = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
      const run = (await other.load("/tiny/")).sample({ steps: 1000, seed: i });
      const ended = codeOf(() => run.result());
      await run.initial();
      workers.at(-1).dispatchEvent(new ErrorEvent("error", { message: "killed by the soak" }));
      if ((await ended) !== "engine-crashed") throw new Error(`the run ended with ${await ended}`);
      other.dispose();
    }
  }, count);

/** Before the library: every worker that it starts is known. */
function keepWorkers() {
  globalThis.workers = [];
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      globalThis.workers = [...globalThis.workers.slice(-3), this];
    }
  };
}

/** A device is destroyed after one of the next submits; the run must end with the pictures that it has without a loss. */
async function losses(page, count) {
  for (let i = 0; i < count; i++) {
    const worker = page.workers().find((one) => one.url().endsWith("worker.js"));
    await worker.evaluate(
      (after) => {
        const { submit } = GPUQueue.prototype;
        let left = after;
        GPUQueue.prototype.submit = function (commands) {
          submit.call(this, commands);
          if (left-- === 0) globalThis.device.destroy();
        };
      },
      Math.floor(Math.random() * 4),
    );
    await page.evaluate(async (count) => {
      const picture = async () => (await model.sample({ steps: 3, seed: 1 }).result()).images[0].data.join();
      globalThis.expected ??= await (async () => {
        const cpu = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
        const { images } = await (await cpu.load("/tiny/")).sample({ steps: 3, seed: 1 }).result();
        cpu.dispose();
        return [...images[0].data];
      })();
      const found = (await picture()).split(",");
      const apart = Math.max(...found.map((value, at) => Math.abs(value - globalThis.expected[at])));
      if (apart > 1) throw new Error(`after loss ${count} the picture is ${apart} grey levels off`);
    }, i);
  }
}

/** In a WebGPU worker, before the engine: the device that it opens is known. */
const KEEP_DEVICE = `{
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    return (globalThis.device = await requestDevice.apply(this, given));
  };
}`;

/** The page itself, on the tiny model. */
const thePage = (query) => async (page, site) => {
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu&steps=3&images=1&seed=1${query}`);
  await page.waitForFunction(() => document.getElementById("outcome").textContent.startsWith("done"));
};

/** Hidden and shown in the middle of a run. */
const hidings = (page, count) =>
  page.evaluate(async (count) => {
    let state = "visible";
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    Object.defineProperty(document, "hidden", { configurable: true, get: () => state === "hidden" });
    for (let i = 0; i < count; i++) {
      document.getElementById("generate").click();
      for (state of ["hidden", "visible"]) {
        document.dispatchEvent(new Event("visibilitychange"));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      while (!document.getElementById("outcome").textContent.startsWith("done")) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }, count);

/** Every view in turn. */
const views = (page, count) =>
  page.evaluate(async (count) => {
    const tabs = [...document.querySelectorAll("[role=tab]")];
    for (let i = 0; i < count; i++) {
      tabs[i % tabs.length].click();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    tabs[0].click();
  }, count);

/** The browser's storage for the page is full: it loads, and generates. */
async function full(page, count) {
  for (let i = 0; i < count; i++) {
    await page.reload();
    await page.waitForFunction(() => document.getElementById("outcome").textContent.startsWith("done"));
  }
}

async function beginFull(page, site) {
  const session = await page.createCDPSession();
  await session.send("Storage.overrideQuotaForOrigin", { origin: site.origin, quotaSize: 10_000 });
  await thePage("")(page, site);
}

const withDevice = async (page, site) => {
  site.patch("/pkg/webgpu/unnoise.js", { before: KEEP_DEVICE });
  await opened("webgpu")(page);
};

export const CASES = [
  { name: "steps of a run, CPU", times: 10_000, warm: 2000, begin: opened("cpu"), some: steps },
  { name: "steps of a run, WebGPU", times: 10_000, begin: opened("webgpu"), some: steps },
  { name: "a model loaded and disposed of, CPU", times: 1000, begin: opened("cpu"), some: loads },
  { name: "a model loaded and disposed of, WebGPU", times: 1000, begin: opened("webgpu"), some: loads },
  { name: "a Diffuser created and disposed of", times: 500, begin: opened("cpu"), some: creations },
  { name: "a device lost in a run", times: 200, begin: withDevice, some: losses },
  { name: "a worker that dies in a run", times: 100, init: keepWorkers, begin: opened("cpu"), some: crashes },
  { name: "the page hidden and shown in a run", times: 300, begin: thePage(""), some: hidings },
  { name: "a view of the page opened", times: 300, warm: 60, begin: thePage(""), some: views },
  { name: "the page opened where storage is full", times: 50, begin: beginFull, some: full },
];
