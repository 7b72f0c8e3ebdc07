// A graphics device that is lost when a test says so: it is the CPU module's, which fails as a lost one does.
import { readFile } from "node:fs/promises";
import { blankPage, poseAsHardware } from "./helpers.mjs";

const CPU = new URL("../../pkg/cpu/", import.meta.url);

/** Code after the glue: the device is lost in place of the call with this number, from 0, of a method. */
export const losing = (method, at) => `{
  const { prototype } = ${method.split(".")[0]};
  const call = prototype.${method.split(".")[1]};
  let calls = 0;
  prototype.${method.split(".")[1]} = function (...given) {
    if (calls++ !== ${at}) return call.apply(this, given);
    throw Object.assign(new Error("the graphics device was lost: test"), { code: "device" });
  };
}`;
/** Code after the glue: no device opens. */
export const LOST_AT_OPEN =
  'Engine.open = async () => { throw Object.assign(new Error("no device"), { code: "device" }); };';

/** A page whose n-th WebGPU worker has the n-th code; it keeps the back ends that it is told of, and has what a run would be without a loss. */
export async function losingPage(browser, site, codes, { backend = "webgpu", folder = "/tiny/" } = {}) {
  let started = 0;
  site.put("/pkg/webgpu/unnoise.js", async () => ({
    type: "text/javascript",
    body: `${await readFile(new URL("unnoise.js", CPU), "utf8")}\n${codes[started++] ?? ""}`,
  }));
  const wasm = await readFile(new URL("unnoise_relaxed_bg.wasm", CPU));
  site.put("/pkg/webgpu/unnoise_bg.wasm", { type: "application/wasm", body: wasm });

  const page = await blankPage(browser, site, { init: poseAsHardware });
  await page.evaluate(
    async ([backend, folder]) => {
      globalThis.told = [];
      const o = { backend, onBackend: (next) => told.push(next) };
      if (backend === "auto") {
        Object.assign(globalThis, await moved(folder, o));
        told.length = 0;
      } else {
        globalThis.diffuser = await unnoise.Diffuser.create(o);
        globalThis.model = await diffuser.load(folder);
      }
      const cpu = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
      globalThis.plain = await cpu.load(folder);
      globalThis.plainDiffuser = cpu;
      globalThis.text = async (run) => (await run.result()).x.join();
      globalThis.echo = { denoiser: (x) => x.map((v) => 0.8 * v), shape: [1, 1, 4, 4], scheduler: {} };
    },
    [backend, folder],
  );
  return { page, started: () => started };
}
