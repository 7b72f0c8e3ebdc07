// The languages of the page and of the element: which one is spoken, how it is chosen, and that nothing is left in another.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readTexts } from "../languages.mjs";
import { openElement } from "./element-site.mjs";
import { setUp } from "./helpers.mjs";
import { choose, openPage, problem, text, untilRun } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const languages = await readTexts(fileURLToPath(new URL("../../", import.meta.url)));
const [english, german] = ["en", "de"].map((tag) => languages.get(tag));

/** Whatever English texts may say: one expression for each that is another in German, and in which enough is said to know it. */
function englishSentences(...parts) {
  return parts.flatMap((part) =>
    Object.entries(english[part]).flatMap(([key, said]) => {
      const known = said.replaceAll(/\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, "\0");
      if (said === german[part][key] || known.replaceAll(/\P{L}/gu, "").length < 4) return [];
      const literal = known.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return [{ key, is: new RegExp(`^${literal.replaceAll("\0", ".+")}$`, "s") }];
    }),
  );
}

/** Everything that is read or heard below a node: texts that show, and the names of things. */
function readable(root) {
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node instanceof Element) {
      for (const name of ["aria-label", "title", "placeholder", "aria-valuetext"])
        found.push(node.getAttribute(name) ?? "");
      // A report is in English whoever writes it; names of classes are the model's.
    } else if (!node.parentElement?.closest("script, style, noscript, pre, textarea, option[lang]"))
      found.push(node.textContent);
  }
  return [...new Set(found.map((text) => text.trim()).filter((text) => text !== ""))];
}

/** Nothing on the page is English. */
async function nothingEnglish(page, where) {
  const sentences = englishSentences("shared", "page", "markup", "train");
  const said = await page.evaluate(`(${readable})(document.body)`);
  const left = said.flatMap((text) => sentences.filter(({ is }) => is.test(text)).map(({ key }) => `${key}: ${text}`));
  assert.deepEqual(left, [], where);
  assert.ok(said.length > 100, `${said.length} texts`);
  assert.deepEqual(
    said.filter((text) => /\{\w+[,}]/.test(text)),
    [],
    `${where}: placeholders`,
  );
}

test("a visitor who reads German gets the whole page in German, view by view", async () => {
  const page = await openPage(browser, site, "steps=3&images=2&seed=5", { locale: "de-AT" });
  assert.equal(await page.getAttribute("html", "lang"), "de");
  assert.match(await page.title(), /Schritt für Schritt/);
  assert.equal(await text(page, "info-reason"), "so gewählt");
  await nothingEnglish(page, "before a run");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("fertig nach"));
  assert.equal(await text(page, "caption"), "DDIM · 3 Schritte · jede Klasse einmal · Seed 5");
  assert.match(await text(page, "cost"), /^(Etwa|Weniger als) .* für 2 Bilder auf diesem Gerät\.$/);
  await nothingEnglish(page, "Generate");
  for (const sampler of ["ddpm", "vdm"]) {
    await choose(page, "sampler", sampler);
    await nothingEnglish(page, sampler);
  }
  for (const [tab, mode] of [
    ["interpolate", "two"],
    ["interpolate", "four"],
    ["interpolate", "variations"],
    ["edit"],
    ["train"],
    ["compare"],
    ["hood"],
  ]) {
    await page.click(`#tab-${tab}`);
    if (mode) await choose(page, "morph-mode", mode);
    if (tab === "edit") await page.waitForSelector("#easel");
    if (tab === "train") await page.waitForSelector("#train-canvas");
    if (tab === "hood") await page.waitForSelector("#variance-legend li");
    await nothingEnglish(page, mode ?? tab);
  }
  await page.click("#tab-generate");
  for (const sheet of ["share", "save"]) {
    await page.click(`#${sheet}-open`);
    await page.waitForFunction((id) => document.getElementById(`${id}-of`).textContent !== "", sheet);
    await nothingEnglish(page, sheet);
    await page.keyboard.press("Escape");
  }
  assert.deepEqual(page.complaints, []);
});

test("what is wrong is said in German, with the library's own message as it is", async () => {
  const page = await openPage(browser, site, "steps=0&eta=9", { locale: "de-DE" });
  assert.match(
    await problem(page, "steps"),
    /^steps=0 im Link wird nicht beachtet, es bleibt bei 50: Möglich ist eine ganze Zahl von 1 bis 1\.000\.$/,
  );
  await page.fill("#steps", "");
  await page.click("#generate");
  assert.equal(
    await problem(page, "steps"),
    "Die Zahl der Schritte ist leer: Möglich ist eine ganze Zahl von 1 bis 1.000.",
  );
  await page.click("#model-change");
  await page.fill("#model-url", "/absent/");
  await page.click("#model-load");
  assert.match(await problem(page, "model"), /^Fehlermeldung \(englisch\): .+\. .+ bleibt geladen\.$/);
});

test("the choice of a language loads the page once more, with the same pictures, and is kept for the next visit", async () => {
  // The service worker fetches every language once, later.
  const context = await browser.newContext({ reducedMotion: "reduce", serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu&steps=4&images=2&seed=11`);
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.fill("#steps", "6");
  await page.click("#generate");
  await untilRun(page, "done");
  const loads = () => site.requests.filter(({ path }) => path === "/").length;
  const before = loads();
  await page.selectOption("#language", "de");
  await page.waitForFunction(() => document.documentElement.lang === "de" && document.getElementById("count"));
  await page.waitForFunction(() => document.getElementById("loading")?.hidden);
  assert.equal(loads(), before + 1);
  assert.equal(await page.inputValue("#language"), "de");
  assert.deepEqual(await Promise.all(["seed", "steps", "images"].map((id) => page.inputValue(`#${id}`))), [
    "11",
    "6",
    "2",
  ]);
  // Fetched for who reads it alone, once.
  const fetched = () => site.requests.filter(({ path }) => path === "/de.html").length;
  assert.equal(fetched() > 0, true);
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu`);
  await page.waitForFunction(() => document.documentElement.lang === "de" && document.getElementById("count"));
  const count = fetched();
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu&lang=en`);
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await text(page, "generate"), "Generate");
  assert.equal(fetched(), count);
});

test("where the texts of a language cannot be fetched, the page stays as it is and works", async () => {
  site.put("/de.html", { status: 404, type: "text/html", body: "no" });
  const page = await openPage(browser, site, "steps=2&images=1&seed=1", { locale: "de-DE" });
  site.drop("/de.html");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.equal(await page.evaluate(() => document.documentElement.style.visibility), "");
});

test("an element speaks the language of the place where it stands, and fetches it once", async () => {
  const since = site.requests.length;
  const attributes = 'model="/tiny/" backend="cpu" steps="2" seed="3"';
  const page = await openElement(
    browser,
    site,
    `<div lang="de-CH"><diffusion-sampler id="a" ${attributes}></diffusion-sampler></div>
    <diffusion-sampler id="b" ${attributes} lang="de"></diffusion-sampler>
    <diffusion-sampler id="c" ${attributes} lang="fr"></diffusion-sampler>`,
  );
  const said = (id) => page.evaluate(`(${readable})(document.getElementById("${id}").shadowRoot)`);
  const name = (id) => page.getAttribute(`#${id} .cover`, "aria-label");
  await page.waitForFunction(
    () => document.querySelector("#b").shadowRoot.querySelector(".caption").textContent !== "",
  );
  assert.deepEqual([await name("a"), await name("b"), await name("c")], ["Erzeugen", "Erzeugen", "Generate"]);
  const fetched = site.requests.slice(since).filter(({ path }) => path.includes("element-de"));
  assert.equal(fetched.length, 1);
  await page.evaluate(() => document.getElementById("a").generate());
  const sentences = englishSentences("shared", "element");
  const left = (await said("a")).filter((text) => sentences.some(({ is }) => is.test(text)));
  assert.deepEqual(left, []);
  assert.ok((await said("a")).includes("DDIM · 2 Schritte · Seed 3"));
  await page.evaluate(() => document.getElementById("a").setAttribute("lang", "en"));
  await page.waitForFunction(() =>
    document.querySelector("#a").shadowRoot.querySelector(".caption").textContent.startsWith("DDIM · 2 steps"),
  );
  const message = await page.evaluate(async () => {
    const element = document.getElementById("b");
    const told = new Promise((resolve) => element.addEventListener("error", (event) => resolve(event.detail.message)));
    element.setAttribute("eta", "9");
    return told;
  });
  assert.equal(message, '`eta` is "9"; it must be a number from 0 to 1');
  assert.ok((await said("b")).some((text) => text.startsWith("Fehlermeldung (englisch): ")));
});
