// A server that stops in the middle of what it says, or never begins: in the page, in the element and in embed.html of any browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pageOf } from "./element-site.mjs";
import { defineVisitor } from "./hostile.mjs";
import { fallsSilent, HubServer } from "./hub-server.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

/** A limit of 30 s, or the 10 s for a question, ends after half a second where the page says so: no test waits as long as a visitor. */
const IN_A_HURRY = `{
  const [{ setTimeout }, { timeout }] = [globalThis, AbortSignal];
  const short = (ms) => (ms >= 10_000 && ms <= 30_000 && globalThis.top.hurried ? 500 : ms);
  globalThis.setTimeout = (call, ms, ...given) => setTimeout(call, short(ms), ...given);
  AbortSignal.timeout = (ms) => timeout.call(AbortSignal, short(ms));
}`;

const CONFIG = "unet/config.json";
const WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
const never = () => {};

/** Which file keeps silent, and how its next request is answered. Without an ETag nothing is gone on with. */
const STALLS = {
  "config-silent": [CONFIG, never],
  "config-half": [CONFIG, fallsSilent(20)],
  "scheduler-half": ["scheduler/scheduler_config.json", fallsSilent(20)],
  "labels-silent": ["labels.json", never],
  "weights-silent": [WEIGHTS, never],
  "weights-half": [WEIGHTS, fallsSilent(1000, { ETag: "" })],
};

/** Folders of the tiny model, in each of which a file stalls once; `stall` has it stall again. */
async function putStalling() {
  const hub = await HubServer.start();
  const folders = Object.entries(STALLS).map(([name, [file, quirk]], i) => {
    const folder = `/${name}/`;
    // Weights of its own, or the page would have them from another folder.
    const weights = Buffer.from(tinyWeights());
    weights[weights.length - 4] ^= i;
    hub.put(folder + CONFIG, JSON.stringify(tinyConfig));
    hub.put(`${folder}scheduler/scheduler_config.json`, JSON.stringify(tinyScheduler));
    hub.put(`${folder}labels.json`, JSON.stringify(["a", "b", "no class"]));
    hub.put(folder + WEIGHTS, weights);
    return { address: hub.origin + folder, stall: () => hub.next(folder + file, quirk) };
  });
  const stall = () => {
    for (const { stall } of folders) stall();
    return folders.map(({ address }) => address);
  };
  return { hub, stall };
}

/** Runs in the page of site/: each model by its form, which is refused, and once more; what it says, and the model that it has then. */
async function pageWaits(addresses) {
  const { by, until, load } = globalThis.visitor;
  await until(() => by("loading")?.hidden, "the page");
  by("model-change").click();
  const [messages, names] = [[], []];
  for (const address of addresses) {
    globalThis.hurried = true;
    load(address);
    await until(() => by("model-problem").textContent !== "", address);
    messages.push(by("model-problem").textContent);
    globalThis.hurried = false;
    load(address);
    const name = address.split("/").at(-2);
    await until(() => by("model-name").textContent.includes(name) && by("loading").hidden, name);
    names.push(name);
  }
  by("generate").click();
  await until(() => by("outcome").textContent.startsWith("done"), "a picture");
  return { messages, names };
}

/**
 * Runs in a page with elements: each runs on the tiny model, on one whose server stalls, and once more; what they say of the stall, and
 * how the last runs end. `framed` has them in iframes of embed.html.
 */
async function elementsWait({ changes, framed }) {
  // All of them are seen: a run waits where nobody looks.
  document.body.style.display = "flex";
  const attributes = { backend: "cpu", steps: "1", labels: "0", model: "/tiny/" };
  const elements = await Promise.all(changes.map(framed ? inFrame : inPage));
  const run = () => Promise.all(elements.map((element) => element.run()));
  const begun = await run();
  await Promise.all(changes.map((change, i) => elements[i].set(change)));
  globalThis.hurried = true;
  const messages = await run();
  globalThis.hurried = false;
  return { begun, messages, ended: await run() };

  async function inPage() {
    await import("/pkg/element.js");
    const element = document.createElement("diffusion-sampler");
    const set = (more) => {
      for (const [name, value] of Object.entries(more)) element.setAttribute(name, value);
    };
    set(attributes);
    element.style.width = "90px";
    document.body.append(element);
    let message;
    element.addEventListener("error", ({ detail }) => {
      message = detail.message;
    });
    const run = async () => {
      message = undefined;
      const result = await element.generate();
      return message ?? result;
    };
    return { set, run };
  }

  async function inFrame() {
    const frame = document.createElement("iframe");
    frame.src = `/embed.html?${new URLSearchParams(attributes)}`;
    let message;
    const heard = (type) =>
      new Promise((resolve) => {
        addEventListener("message", function listen({ source, data }) {
          if (source !== frame.contentWindow) return;
          if (data.type === "unnoise:error") message = data.message;
          if (data.type !== type) return;
          removeEventListener("message", listen);
          resolve(data.result);
        });
      });
    const ask = async (type, more) => {
      const done = heard("unnoise:done");
      frame.contentWindow.postMessage({ type, ...more }, "*");
      return done;
    };
    const ready = heard("unnoise:ready");
    document.body.append(frame);
    await ready;
    const run = async () => {
      message = undefined;
      const result = await ask("unnoise:generate");
      return message ?? result;
    };
    return { set: (attributes) => ask("unnoise:set", { attributes }), run };
  }
}

/** Each says who was silent and for how long, and the server is asked again when the visitor wishes. */
function areTold(messages, count) {
  assert.equal(messages.length, count);
  for (const message of messages) assert.match(message, /did not (answer within 30000 ms|send it within 30 s)/);
}

/**
 * A server that stalls is told of after its time and asked again on wish: in the page, in the element and in embed.html. `at` gives a page
 * at this path.
 */
export async function stallsEnd(site, at) {
  const { hub, stall } = await putStalling();
  site.patch("/pkg/index.js", { before: IN_A_HURRY });
  site.put("/post.html", pageOf(""));
  const count = Object.keys(STALLS).length;
  try {
    const page = await at("/?model=/tiny/&backend=cpu&steps=1&images=1");
    await page.evaluate(defineVisitor);
    const { messages, names } = await page.evaluate(pageWaits, stall());
    areTold(messages, count);
    assert.deepEqual(names, Object.keys(STALLS));
    const picture = `${hub.origin}/picture.png`;
    hub.put("/picture.png", await readFile(new URL("../../models/emoji/card.png", import.meta.url)));
    for (const framed of [false, true]) {
      const post = await at("/post.html");
      hub.next("/picture.png", never);
      const models = stall().map((model) => ({ model }));
      // Each iframe has an engine of its own.
      const some = framed ? models.filter((_, i) => i % 3 === 0) : models;
      const changes = [...some, { start: picture, "start-t": "5" }];
      const { begun, messages, ended } = await post.evaluate(elementsWait, { changes, framed });
      areTold(messages, changes.length);
      assert.deepEqual([begun, ended], Array(2).fill(changes.map(() => "complete")));
    }
  } finally {
    for (const path of ["/pkg/index.js", "/post.html"]) site.drop(path);
    await hub.close();
  }
}
