// What is hostile in links, messages, attributes, files and models, where it is put, and what it must not leave behind: for any browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pageOf } from "./element-site.mjs";
import { Site } from "./helpers.mjs";
import { pageParts } from "./page-pictures.mjs";
import { tinyScheduler } from "./tiny-model.mjs";

/** Each calls `pwned` where it becomes script. */
export const PAYLOADS = [
  "<img src=x onerror=pwned()>",
  "<script>pwned()</script>",
  '"><svg/onload=pwned()>',
  "' autofocus onfocus=pwned() x='",
  "</textarea></title></style><iframe srcdoc='<script>parent.pwned()</script>'>",
  "javascript:pwned()",
  "data:text/html,<script>parent.pwned()</script>",
  `\${pwned()}{{pwned()}}\`-pwned()-\``,
  "' onmouseover='pwned()' x='\u2028\u0000\r\n",
  "\u202e[]=__proto__&constructor[prototype][pwned]=1",
  "__proto__",
  "constructor",
];

/** Scripts of the page's own alone, and text becomes markup or a script's address through these policies alone; a breach is told. */
const under = (...policies) => ({
  "Content-Security-Policy": `script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types ${policies.join(" ")}`,
});

/** Puts the page, embed.html and a page with an element under that policy. */
export function putUnderPolicy(site) {
  const html = async (file, headers) => ({
    type: "text/html; charset=utf-8",
    body: await readFile(new URL(`../../site/${file}`, import.meta.url), "utf8"),
    headers,
  });
  site.put("/", () => html("index.html", under("unnoise", "unnoise-page", "lit-html")));
  site.put("/embed.html", () => html("embed.html", under("unnoise")));
  site.put("/post.html", pageOf("<diffusion-sampler></diffusion-sampler>", { headers: under("unnoise") }));
}

/** Before a page's own scripts: takes down what goes wrong. */
export function watch() {
  globalThis.found = [];
  globalThis.pwned = () => globalThis.found.push("script ran");
  globalThis.alert = globalThis.pwned;
  addEventListener("securitypolicyviolation", (e) => globalThis.found.push(`${e.violatedDirective} ${e.blockedURI}`));
  // The element's own errors bubble up to here too.
  addEventListener("error", (e) => e instanceof ErrorEvent && globalThis.found.push(e.message));
  addEventListener("unhandledrejection", ({ reason }) => globalThis.found.push(String(reason)));
}

/** What came of the payloads: script that ran or was stopped, and elements and handlers that a text made, in frames too. */
export function traces() {
  const frames = [...document.querySelectorAll("iframe[src^='/embed.html?']")].map((frame) => frame.contentDocument);
  const documents = [document, ...frames];
  const within = (root) => [...root.querySelectorAll("*")];
  const shadows = documents.flatMap(within).flatMap(({ shadowRoot }) => shadowRoot ?? []);
  const all = [...documents, ...shadows].flatMap(within);
  const foreign =
    "iframe:not([src^='/embed.html?']), object, embed, base, img:not([src='./first.png'], [src^='models/']), script:not([src], script#texts[type='application/json']), [srcdoc], [autofocus]";
  const runs = (e, name) => /^\s*(javascript|data:text)/i.test(e.getAttribute(name) ?? "");
  const made = all.filter((e) => e.matches(foreign) || ["href", "src", "action"].some((name) => runs(e, name)));
  const handlers = all.flatMap((e) => e.getAttributeNames().filter((name) => name.startsWith("on")));
  const polluted = Object.keys(Object.prototype);
  return [...globalThis.found, ...made.map((e) => e.outerHTML.slice(0, 100)), ...handlers, ...polluted];
}

/** Models that each say something hostile in one of their files, the last of which loads all the same; and a server that nothing may ask. */
export async function putHostile(site) {
  const elsewhere = await Site.start();
  const stray = `${elsewhere.origin}/stray`;
  const said = (number) => `${PAYLOADS[number]}<img src=${stray}.png>`;
  const json = (content) => ({ type: "application/json", body: JSON.stringify(content) });
  const put = (name, model, more = {}) => {
    site.putModel(`/hostile/${name}/`, model);
    for (const [file, content] of Object.entries(more)) site.put(`/hostile/${name}/${file}`, json(content));
    return `/hostile/${name}/`;
  };
  const shards = (name) => ({ "unet/diffusion_pytorch_model.safetensors.index.json": { weight_map: { a: name } } });
  const own = { _name_or_path: stray, auto_map: { AutoModel: `${stray}.py` }, _unnoise: `${stray}.json` };
  const refused = [
    put("blocks", { config: { down_block_types: [said(0), said(1)] } }),
    put("class", { scheduler: { ...tinyScheduler, _class_name: said(4) } }),
    put("schedule", { scheduler: { ...tinyScheduler, beta_schedule: said(3) } }),
    put("pipeline", {}, { "model_index.json": { _class_name: said(0), unet: [stray, stray] } }),
    put("weights", { weights: Buffer.from(said(1)) }),
  ];
  for (const [i, name] of [`${stray}.safetensors`, "../stray.safetensors"].entries()) {
    const folder = put(`shard${i}`, {}, shards(name));
    site.put(`${folder}unet/diffusion_pytorch_model.safetensors`, { status: 404 });
    refused.push(folder);
  }
  site.put("/hostile/status/unet/config.json", { status: 403, type: "text/html", body: said(0) });
  site.put("/hostile/page/unet/config.json", { type: "text/html", body: said(1) });
  const loaded = put(
    "loaded",
    {
      config: own,
      scheduler: { ...tinyScheduler, ...own },
      labels: [said(0), `${stray}.png`, said(5)],
      defaults: { sampler: said(0), steps: stray, eta: said(2) },
    },
    {
      "model_index.json": {
        _class_name: "DDPMPipeline",
        unet: ["diffusers", "UNet2DModel"],
        ...own,
        tokenizer: [stray, stray],
      },
    },
  );
  return { refused: [...refused, "/hostile/status/", "/hostile/page/"], loaded, elsewhere };
}

/** Files with hostile names and texts, settings of this model among them, as pairs of a name and bytes. */
export async function hostileFiles(model) {
  const { encodePng } = await pageParts("save/png");
  const picture = { width: 4, height: 4, channels: 1, pixels: new Uint8Array(16) };
  const settings = (text) => JSON.stringify({ model, seed: text, sampler: text, steps: text, labels: [text] });
  const files = [];
  for (const payload of PAYLOADS.slice(0, 3)) {
    files.push([`${payload}.txt`, Buffer.from(payload)], [`${payload}.json`, Buffer.from(settings(payload))]);
    files.push([`${payload}.png`, await encodePng(picture, "unnoise", settings(payload))]);
  }
  return files.map(([name, bytes]) => [name, [...bytes]]);
}

/** Runs in a page with elements: one, and the iframe of another, are given each model and run; what they say of those that are refused. */
export async function embeddedMeet({ refused, loaded, backend = "cpu" }) {
  await import("/pkg/element.js");
  const element = document.createElement("diffusion-sampler");
  element.style.width = "120px";
  const messages = [];
  element.addEventListener("error", ({ detail }) => messages.push(detail.message));
  let kind;
  element.addEventListener("load", ({ detail }) => {
    kind = detail.backend.kind;
  });
  const frame = document.createElement("iframe");
  frame.src = `/embed.html?backend=${backend}&steps=1&labels=0&model=/tiny/`;
  const heard = (type) =>
    new Promise((resolve) => {
      const listen = ({ data }) => {
        if (data?.type === "unnoise:error") messages.push(data.message);
        if (data?.type !== type) return;
        removeEventListener("message", listen);
        resolve(data);
      };
      addEventListener("message", listen);
    });
  const ready = heard("unnoise:ready");
  document.body.append(element, frame);
  await ready;
  const ended = [];
  for (const model of [...refused, loaded]) {
    for (const [name, value] of Object.entries({ backend, steps: "1", labels: "0", model }))
      element.setAttribute(name, value);
    const set = heard("unnoise:done");
    frame.contentWindow.postMessage({ type: "unnoise:set", attributes: { model, onclick: model, style: model } }, "*");
    await set;
    const done = heard("unnoise:done");
    frame.contentWindow.postMessage({ type: "unnoise:generate" }, "*");
    ended.push(await element.generate(), (await done).result);
  }
  return { messages, ended, kind };
}

/** Runs in the page of site/: `visitor`, who waits there for what a function says, and asks for a model by its address. */
export function defineVisitor() {
  const by = (id) => document.getElementById(id);
  const until = async (is, what) => {
    for (let tries = 0; !is(); tries++) {
      // A software adapter compiles its shaders for a minute on a busy machine.
      if (tries > 6000) throw new Error(`waited for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const load = (address) => {
    by("model-problem").textContent = "";
    by("model-url").value = address;
    by("model-url").dispatchEvent(new Event("input", { bubbles: true }));
    by("model-load").click();
  };
  globalThis.visitor = { by, until, load };
}

/** After `defineVisitor`: each model by its form, the last of which draws, and each file by a drop; what the page says of them. */
export async function pageMeets({ refused, loaded, files }) {
  const { by, until, load } = globalThis.visitor;
  await until(() => by("loading")?.hidden, "the page");
  by("model-change").click();
  const messages = [];
  for (const address of refused) {
    load(address);
    await until(() => by("model-problem").textContent !== "", address);
    messages.push(by("model-problem").textContent);
  }
  load(loaded);
  await until(() => by("model-name").textContent.includes("loaded"), loaded);
  by("generate").click();
  await until(() => by("outcome").textContent.startsWith("done"), "a picture");
  for (const [name, bytes] of files) {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], name, { type: name.endsWith("png") ? "image/png" : "" }));
    const event = new Event("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: transfer });
    const before = document.body.textContent;
    by("panel").dispatchEvent(event);
    await until(() => document.body.textContent !== before, name);
  }
  messages.push(...[...document.querySelectorAll(".problem")].map(({ textContent }) => textContent).filter(Boolean));
  return messages;
}

/** Every sentence is one, and nothing was asked for that only a model names. */
export function areHarmless({ messages, traces, site, elsewhere }) {
  for (const message of messages) assert.doesNotMatch(message, /NaN|undefined|\[object/);
  assert.deepEqual(traces, []);
  const strayed = site.requests.filter(({ path }) => /stray/.test(path));
  assert.deepEqual([strayed, elsewhere.requests], [[], []]);
}

/**
 * The page, and one with an element and the iframe of another, meet a third of all that is hostile (on the CPU Chromium has all, in
 * injection.test.mjs), and nothing comes of it. `at` gives a page at this path, which is watched.
 */
export async function becomeNothing(site, at, { backend = "cpu" } = {}) {
  putUnderPolicy(site);
  const { elsewhere, refused, loaded } = await putHostile(site);
  const models = { refused: refused.filter((_, i) => i % 3 === 0), loaded, backend };
  try {
    const page = await at(`/?model=/tiny/&backend=${backend}&steps=1&images=1`);
    await page.evaluate(defineVisitor);
    const messages = await page.evaluate(pageMeets, { ...models, files: await hostileFiles(loaded) });
    areHarmless({ messages, traces: await page.evaluate(traces), site, elsewhere });
    assert.equal(await page.evaluate(() => document.querySelector("[name=backend]:checked").value), backend);
    const post = await at("/post.html");
    const embedded = await post.evaluate(embeddedMeet, models);
    assert.deepEqual([...embedded.ended.slice(-2), embedded.kind], ["complete", "complete", backend]);
    areHarmless({ messages: embedded.messages, traces: await post.evaluate(traces), site, elsewhere });
  } finally {
    await elsewhere.close();
    for (const path of ["/", "/embed.html", "/post.html"]) site.drop(path);
  }
}
