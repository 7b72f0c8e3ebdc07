// No text of a link, a message, an attribute or a model becomes markup or script: in the page, in embed.html, in the element.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { Site, setUp } from "./helpers.mjs";
import {
  areHarmless,
  becomeNothing,
  defineVisitor,
  embeddedMeet,
  hostileFiles,
  PAYLOADS,
  pageMeets,
  putHostile,
  putUnderPolicy,
  traces,
  watch,
} from "./hostile.mjs";
import { openPage } from "./page-site.mjs";

/** Every parameter of the page's links, and those of embed.html that are called otherwise. */
const PARAMETERS = [
  ..."seed steps images eta sigmaClip guidance sampler variance trajectory clip rng backend class model hash".split(
    " ",
  ),
  ..."b c d classb classc classd frames variations at seeds first".split(" "),
  ..."labels batch sigma-clip to branch show scale smooth controls columns aspect autoplay loop theme origin".split(
    " ",
  ),
  // Of neither, and dangerous if they were taken for attributes.
  ..."view onload style".split(" "),
];

const { browser, site } = await setUp();
putUnderPolicy(site);
site.putModel("/hostile/", { labels: [PAYLOADS[0], PAYLOADS[2], "no class"] });
site.putModel(`/${PAYLOADS[0]}/`.replaceAll(" ", "%20").replaceAll("<", "%3C").replaceAll(">", "%3E"));
const hostile = await putHostile(site);
after(() => hostile.elsewhere.close());
const models = { refused: hostile.refused, loaded: hostile.loaded };
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const everywhere = (payload, model) =>
  new URLSearchParams(
    PARAMETERS.map((name) => [name, name === "model" ? model : name === "backend" ? "cpu" : payload]),
  );

for (const [number, payload] of PAYLOADS.entries()) {
  test(`in the page, from a link: ${payload}`, async () => {
    // Every second link names a model that works, so that what is judged after it is loaded is judged.
    const model = number % 2 === 0 ? "/hostile/" : payload;
    const query = everywhere(payload, model);
    if (number % 3 === 0) for (const name of ["b", "c", "d", "variations"]) query.delete(name);
    const page = await openPage(browser, site, `${query}`, { init: watch });
    const said = await page.$$eval(".problem", (all) => all.map(({ textContent }) => textContent).filter(Boolean));
    assert.ok(said.length > 5, said.join("\n"));
    for (const sentence of said) assert.doesNotMatch(sentence, /NaN|\bnull\b|undefined|\[object/);
    assert.deepEqual(await page.evaluate(traces), []);
  });
}

test("in the page and in Share, from the labels and the address of a model", async () => {
  const page = await openPage(browser, site, "seed=1&steps=1&images=2&class=0", { model: "/hostile/", init: watch });
  await page.click("#generate");
  await page.waitForFunction(() => /done/.test(document.getElementById("outcome")?.textContent));
  await page.click("#share-open");
  for (const form of ["embed", "api", "python", "link"]) {
    await page.click(`label:has(input[name="share-as"][value="${form}"])`);
    await page.waitForSelector("#share-copy:not(:disabled)");
  }
  await page.keyboard.press("Escape");
  for (const tab of ["interpolate", "compare", "hood"]) await page.click(`#tab-${tab}`);
  assert.deepEqual(await page.evaluate(traces), []);
  const named = await openPage(browser, site, "steps=1", { model: `/${PAYLOADS[0]}/`, init: watch });
  assert.equal(await named.textContent("#model-name"), PAYLOADS[0]);
  assert.deepEqual(await named.evaluate(traces), []);
});

test("in the page, from models and files, of which none makes a request", async () => {
  const page = await openPage(browser, site, "steps=1&images=1", { init: watch });
  await page.evaluate(defineVisitor);
  const messages = await page.evaluate(pageMeets, { ...models, files: await hostileFiles(models.loaded) });
  assert.ok(messages.length >= models.refused.length);
  areHarmless({ messages, traces: await page.evaluate(traces), site, ...hostile });
});

test("in the element and in embed.html, from models, of which none makes a request", async () => {
  const context = await browser.newContext();
  await context.addInitScript(watch);
  const page = await context.newPage();
  await page.goto(`${site.origin}/post.html`);
  const { messages, ended } = await page.evaluate(embeddedMeet, models);
  assert.ok(messages.length >= 2 * models.refused.length, messages.join("\n"));
  assert.deepEqual(ended, [...Array(2 * models.refused.length).fill("failed"), "complete", "complete"]);
  areHarmless({ messages, traces: await page.evaluate(traces), site, ...hostile });
});

for (const backend of ["webgpu", "burn"]) {
  test(`on ${backend} in the page, in the element and in embed.html, from models and files, of which none makes a request`, async (t) => {
    const other = await Site.start();
    t.after(() => other.close());
    const context = await browser.newContext({ serviceWorkers: "block" });
    await context.addInitScript(watch);
    await becomeNothing(
      other,
      async (path) => {
        const page = await context.newPage();
        await page.goto(other.origin + path);
        return page;
      },
      { backend },
    );
  });
}

test("under Trusted Types the page is kept for later visits, speaks German, and opens every view and sheet", async () => {
  const query = "steps=1&images=1&lang=de";
  const page = await openPage(browser, site, query, { init: watch, serviceWorkers: "allow" });
  assert.equal(await page.getAttribute("html", "lang"), "de");
  for (const tab of await page.$$("[role=tab]")) {
    await tab.click();
    const panel = `#${await tab.getAttribute("aria-controls")}`;
    await page.waitForFunction((panel) => document.querySelector(panel).childElementCount > 0, panel);
  }
  await page.click("#tab-generate");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("stage").getAttribute("aria-busy") === "false");
  for (const sheet of ["share", "save"]) {
    await page.click(`#${sheet}-open`);
    await page.waitForSelector(`#${sheet}`);
    await page.keyboard.press("Escape");
  }
  await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration())?.active);
  assert.deepEqual(await page.evaluate(traces), []);
});

test("in embed.html, from its address and from messages", async () => {
  const context = await browser.newContext();
  await context.addInitScript(watch);
  for (const [number, payload] of PAYLOADS.entries()) {
    const page = await context.newPage();
    // Every second address names a model that works, as with the page.
    const model = number % 2 === 0 ? "/hostile/" : payload;
    await page.goto(`${site.origin}/embed.html?${everywhere(payload, model)}`);
    await page.waitForFunction(() => document.querySelector("diffusion-sampler")?.shadowRoot);
    await page.evaluate(async () =>
      document
        .querySelector("diffusion-sampler")
        .generate()
        .catch(() => {}),
    );
    await page.evaluate(
      ([text, names]) => {
        postMessage({ type: `unnoise:${text}`, id: text }, "*");
        postMessage(
          {
            type: "unnoise:set",
            attributes: { ...Object.fromEntries(names.map((n) => [n, text])), onclick: text, style: text },
          },
          "*",
        );
        return new Promise((resolve) => setTimeout(resolve, 50));
      },
      [payload, PARAMETERS],
    );
    assert.deepEqual(await page.evaluate(traces), [], payload);
    await page.close();
  }
});

test("the traces of an injection are seen", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(watch);
  await page.goto(`${site.origin}/post.html`);
  const link = "<a href=' javascript:pwned()'>x</a>";
  const insert = (html) => document.body.insertAdjacentHTML("beforeend", html);
  await assert.rejects(page.evaluate(insert, link), /TrustedHTML/);
  // Past Trusted Types, by the one name that they allow here.
  await page.evaluate((html) => {
    const policy = trustedTypes.createPolicy("unnoise", { createHTML: (text) => text });
    document.body.insertAdjacentHTML("beforeend", policy.createHTML(html));
  }, PAYLOADS[0] + link);
  const found = await page.evaluate(traces);
  assert.match(found.join(), /script-src.*inline.*<img.*<a href.*onerror/);
});

test("in the element, from each attribute by itself", async () => {
  const context = await browser.newContext();
  await context.addInitScript(watch);
  const page = await context.newPage();
  await page.goto(`${site.origin}/post.html`);
  const told = await page.evaluate(async (payloads) => {
    await customElements.whenDefined("diffusion-sampler");
    const element = document.querySelector("diffusion-sampler");
    const messages = [];
    element.addEventListener("error", ({ detail }) => messages.push(detail.message));
    for (const name of customElements.get("diffusion-sampler").observedAttributes) {
      for (const payload of payloads) {
        // A model that is not asked for: what is wrong with the others is told before one is loaded.
        if (name !== "model") element.setAttribute("steps", "none");
        element.setAttribute(name, payload);
        await element.generate().catch((error) => messages.push(error.message));
        element.removeAttribute(name);
      }
    }
    return messages;
  }, PAYLOADS);
  assert.ok(told.length > 100, `${told.length}`);
  for (const message of told) assert.doesNotMatch(message, /NaN|undefined|\[object/);
  assert.deepEqual(await page.evaluate(traces), []);
});
