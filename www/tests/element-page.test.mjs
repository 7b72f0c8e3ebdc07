// The element in the pages that it is put into: strict policies, other origins, late scripts, and the iframe.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { messageOf, openElement, pageOf, TINY, untilDefined, untilState } from "./element-site.mjs";
import { Site, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const cdn = await Site.start();
after(() => cdn.close());
afterEach(() => {
  site.drop("/pkg/worker.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

const ONE = `<diffusion-sampler id="a" ${TINY}></diffusion-sampler>`;

/** A policy as a careful site has it. */
function policy(directives) {
  const all = { "default-src": "'none'", "style-src": "'self'", "img-src": "'self' data:", ...directives };
  const text = Object.entries(all).map(([name, sources]) => `${name} ${sources}`);
  return { "Content-Security-Policy": text.join("; ") };
}

/** Sends a policy with everything, as a site does: a worker has its own. */
async function openUnder(directives) {
  const headers = policy({ "connect-src": "'self'", ...directives });
  site.patch("/pkg/worker.js", { headers });
  return openElement(browser, site, ONE, { headers });
}

test("it runs under a strict policy", async () => {
  const page = await openUnder({ "script-src": "'self' 'wasm-unsafe-eval'" });
  await page.getByRole("button", { name: "Generate" }).click();
  await untilState(page, "complete");
  assert.deepEqual(await page.evaluate(() => violations), []);
  assert.equal(await page.evaluate(() => getComputedStyle(a).display), "flex");
  assert.ok(await page.evaluate(() => a.offsetHeight > a.offsetWidth), "the picture keeps its shape");
  assert.deepEqual(page.complaints, []);
});

test("a policy that forbids WebAssembly leaves the reason in words", async () => {
  const page = await openUnder({ "script-src": "'self'" });
  await page.getByRole("button", { name: "Generate" }).click();
  await untilState(page, "failed");
  assert.equal(await page.evaluate(() => told.at(-1).code), "module-failed");
  assert.match(await messageOf(page), /The cpu module could not be loaded: .*Content Security Policy/s);
});

test("it runs from another origin, where the policy allows its worker", async () => {
  const { origin } = cdn;
  const headers = policy({
    "script-src": `${origin} 'wasm-unsafe-eval'`,
    "connect-src": `'self' ${origin}`,
    "worker-src": `blob: ${origin}`,
  });
  const page = await openElement(browser, site, ONE, { headers, script: `${origin}/pkg/element.js` });
  await page.getByRole("button", { name: "Generate" }).click();
  await page.waitForFunction(() => a.state === "complete" || a.state === "failed");
  assert.deepEqual([await page.evaluate(() => violations), await messageOf(page)], [[], ""]);
});

test("a script that comes late moves nothing where element.css has come first", async () => {
  let come;
  const arrives = new Promise((resolve) => {
    come = resolve;
  });
  site.put("/late.js", async () => {
    await arrives;
    return { type: "text/javascript", body: 'import "/pkg/element.js";' };
  });
  const head = '<link rel="stylesheet" href="/pkg/element.css">';
  const more = '<diffusion-sampler batch="6" controls="minimal">needs JavaScript</diffusion-sampler><p>after</p>';
  const page = await openElement(browser, site, ONE + more, { head, script: "/late.js", loaded: false });
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  const boxes = () =>
    page.evaluate(() => [...document.body.children].map((child) => JSON.stringify(child.getBoundingClientRect())));
  const before = await boxes();
  come();
  await untilDefined(page);
  await page.evaluate(() => a.generate());
  assert.deepEqual(await boxes(), before);
  assert.deepEqual(await page.evaluate(() => shifts), []);
});

test("where nothing can run the fallback and the poster stand, and the reason", async () => {
  const markup = ONE.replace("></", '><b slot="poster">poster</b>See the video instead.</');
  const head = "<script>WebAssembly.validate = () => false</script>";
  const page = await openElement(browser, site, markup, { head });
  assert.equal(await page.evaluate(() => told.at(-1)?.code), "unsupported");
  const text = await page.evaluate(() => a.shadowRoot.querySelector(".message").innerText);
  assert.match(text, /has no SIMD/);
  assert.ok(await page.getByText("See the video instead.").isVisible());
  assert.ok(await page.getByText("poster").isVisible());
  assert.equal(await page.evaluate(() => a.generate()), "failed");
  assert.equal(page.workers().length, 0);
});

/** A page around the iframe: keeps what it hears, and asks with an answer awaited. */
const HOST = `<iframe id="frame" width="300" height="376"></iframe>
  <script>
    const heard = [];
    addEventListener("message", ({ data, source }) => source === frame.contentWindow && heard.push(data));
    const ask = (message) => new Promise((resolve) => {
      const id = Math.random();
      addEventListener("message", function answer({ data }) {
        if (data.id !== id) return;
        removeEventListener("message", answer);
        resolve(data);
      });
      frame.contentWindow.postMessage({ ...message, id }, "*");
    });
  </script>`;

/** Opens such a page with embed.html at this address, and waits until it says that it is there. */
async function openEmbed(query, from = site) {
  site.put("/host.html", pageOf(HOST));
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.origin}/host.html`);
  await page.evaluate((address) => {
    frame.src = address;
  }, `${from.origin}/embed.html?${query}`);
  await page.waitForFunction(() => heard.some(({ type }) => type === "unnoise:ready"));
  return page;
}

test("the iframe takes the demo page's names, obeys messages and tells what happens", async () => {
  const page = await openEmbed(
    "model=/tiny/&backend=cpu&seed=7&steps=3&class=b&images=2&controls=minimal&trajectory=own&unknown=1",
    cdn,
  );
  const generated = await page.evaluate(() => ask({ type: "unnoise:generate" }));
  assert.deepEqual([generated.type, generated.result], ["unnoise:done", "complete"]);
  const heard = await page.evaluate(() => globalThis.heard ?? heard);
  const types = heard.map(({ type }) => type.slice(8)).filter((type, i, all) => type !== all[i - 1]);
  assert.deepEqual(types, ["ready", "size", "progress", "load", "step", "complete", "done"]);
  const complete = heard.find(({ type }) => type === "unnoise:complete");
  assert.deepEqual([complete.seed, complete.steps, complete.images.length], [7, 3, 2]);
  const size = heard.find(({ type }) => type === "unnoise:size");
  assert.deepEqual([size.width, size.height], [300, 150]);

  const frame = page.frames().find((frame) => frame.url().includes("/embed.html"));
  const attributes = await frame.evaluate(() => {
    const element = document.querySelector("diffusion-sampler");
    return Object.fromEntries(element.getAttributeNames().map((name) => [name, element.getAttribute(name)]));
  });
  const asked = {
    model: "/tiny/",
    lang: "en-US",
    backend: "cpu",
    seed: "7",
    steps: "3",
    labels: "b",
    batch: "2",
    controls: "minimal",
  };
  assert.deepEqual(attributes, asked);

  const answers = await page.evaluate(async () => [
    await ask({ type: "unnoise:seek", step: 1 }),
    await ask({ type: "unnoise:state" }),
    await ask({ type: "unnoise:set", attributes: { seed: 8, images: 1, loop: null, show: "xt" } }),
    await ask({ type: "unnoise:set" }),
    await ask({ type: "unnoise:dance" }),
  ]);
  assert.deepEqual(answers[1].result, { state: "complete", paused: true, step: 0 });
  assert.deepEqual(
    answers.map(({ type, code }) => code ?? type),
    ["unnoise:done", "unnoise:done", "unnoise:done", "invalid-message", "unknown-message"],
  );
  assert.match(answers[4].message, /there is no message unnoise:dance; there are unnoise:generate/);
  assert.equal(
    await frame.evaluate(() => document.querySelector("diffusion-sampler").outerHTML.match(/seed="(\d)"/)[1]),
    "8",
  );
});

test("the iframe makes an image of each seed, and one image of a batch alone", async () => {
  const made = [];
  for (const query of ["seed=4&images=3", "seed=4&first=2,3", "seeds=4,9", "seed=9"]) {
    const page = await openEmbed(`model=/tiny/&backend=cpu&sampler=ddpm&rng=torch&steps=3&class=b&${query}`);
    await page.evaluate(() => ask({ type: "unnoise:generate" }));
    const { seed, images } = await page.evaluate(() => heard.find(({ type }) => type === "unnoise:complete"));
    made.push([seed, images.map(({ data }) => [...data].join())]);
  }
  const [[, batch], alone, [seed, seeded], [, single]] = made;
  assert.deepEqual([new Set(batch).size, alone], [3, [4, [batch[2]]]]);
  assert.deepEqual([seed, seeded.length, seeded[1]], [4, 2, single[0]]);
});

test("an iframe with an origin listens to that origin alone", async () => {
  const page = await openEmbed(`model=/tiny/&backend=cpu&steps=1&origin=${site.origin}`, cdn);
  assert.equal((await page.evaluate(() => ask({ type: "unnoise:state" }))).result.state, "idle");
  site.put("/host.html", pageOf(HOST));
  await page.goto(`${site.origin}/host.html`);
  await page.evaluate(async (address) => {
    frame.src = address;
    await new Promise((resolve) => frame.addEventListener("load", resolve));
    frame.contentWindow.postMessage({ type: "unnoise:state", id: 1 }, "*");
  }, `${cdn.origin}/embed.html?model=/tiny/&backend=cpu&steps=1&origin=https://example.org`);
  const frame = page.frames().find((frame) => frame.url().includes("/embed.html"));
  await frame.evaluate(() => document.querySelector("diffusion-sampler").generate());
  assert.deepEqual(await page.evaluate(() => heard), []);
});

test("an iframe whose model is missing says so, in words and by a message", async () => {
  const page = await openEmbed("model=/nowhere/&backend=cpu");
  assert.equal((await page.evaluate(() => ask({ type: "unnoise:generate" }))).result, "failed");
  const { code, message } = await page.evaluate(() => heard.find(({ type }) => type === "unnoise:error"));
  assert.equal(code, "http-status");
  const frame = page.frames().find((frame) => frame.url().includes("/embed.html"));
  assert.ok(await frame.getByText(message.slice(-30)).first().isVisible());
});
