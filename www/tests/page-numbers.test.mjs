// The fields for numbers, in every view: what is empty, no number or out of range is said beside the field, and nothing runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, text, untilRun } from "./page-site.mjs";
import { tinyScheduler } from "./tiny-model.mjs";

const N = tinyScheduler.num_train_timesteps;
const TABLE = { mean_sq_eps: [0, ...Array.from({ length: N }, (_, t) => 1 - 0.8 * Math.exp(-t / 120))] };

const { browser, site } = await setUp();
site.putModel("/analytic/", { analytic: TABLE });
const query = "sampler=analytic-ddim&eta=0.5&steps=2&seed=1&images=1&class=a";
const page = await openPage(browser, site, query, { model: "/analytic/" });
await page.click("#more summary");
await page.evaluate(() => {
  globalThis.runs = 0;
  for (const type of [Worker, MessagePort]) {
    const { postMessage } = type.prototype;
    type.prototype.postMessage = function (...message) {
      if (["run", "step", "measure"].includes(message[0]?.path?.[0])) globalThis.runs += 1;
      return postMessage.apply(this, message);
    };
  }
});

/** What is typed, and what a field for numbers then says that it is. */
const TYPED = [
  ["", "is empty"],
  ["1e", "is not a number"],
  ["--", "is not a number"],
  ["-1", "is -1"],
  ["1e9", "is 1e9"],
];

/** A field, where its problem is said, the button that would begin, and what must be said is allowed. */
const FIELDS = [
  ["tab-generate", "steps", "steps", "generate", "a whole number from 1 to 1,000"],
  ["tab-generate", "images", "images", "generate", "a whole number from 1 to 36"],
  ["tab-generate", "eta", "eta", "generate", "a number from 0 to 1"],
  ["tab-generate", "sigma-clip", "sigma-clip", "generate", "a number from 0 to 255"],
  ["tab-generate", "guidance", "guidance", "generate", "a number from 0 to 100"],
  ["tab-interpolate", "frames", "frames", "generate", "a whole number from 2 to 33"],
  ["tab-interpolate", "guidance", "guidance", "generate", "a number from 0 to 100"],
  ["tab-compare", "guidance", "guidance", "generate", "a number from 0 to 100"],
];

/** Puts this into a field as a visitor types it. */
async function type(id, typed) {
  await page.focus(`#${id}`);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete");
  await page.keyboard.type(typed);
}

const said = (id) => page.waitForFunction((name) => document.getElementById(name)?.textContent, `${id}-problem`);
const runs = () => page.evaluate(() => globalThis.runs);

for (const [tab, field, control, button, allowed] of FIELDS) {
  test(`${field} in ${tab} takes ${allowed} and says so`, async () => {
    await page.click(`#${tab}`);
    const before = [await page.inputValue(`#${field}`), await runs()];
    for (const [typed, what] of TYPED) {
      await type(field, typed);
      await page.click(`#${button}`);
      const sentence = await (await said(control)).jsonValue();
      assert.ok(sentence.endsWith(`${what}: it must be ${allowed}.`), sentence);
      assert.equal(await page.getAttribute(`#${field}`, "aria-invalid"), "true");
    }
    assert.equal(await runs(), before[1]);
    await page.fill(`#${field}`, before[0]);
    await page.waitForFunction((name) => document.getElementById(name)?.textContent === "", `${control}-problem`);
    assert.deepEqual(
      page.complaints.filter((complaint) => !/404/.test(complaint)),
      [],
    );
  });
}

for (const [tab, field, control] of [
  ["tab-generate", "seed", "seed"],
  ["tab-compare", "seed", "seed"],
  ["tab-interpolate", "seed-a", "corners"],
  ["tab-interpolate", "seed-b", "corners"],
]) {
  test(`${field} in ${tab} takes a whole number`, async () => {
    await page.click(`#${tab}`);
    const before = await runs();
    for (const typed of ["", "1e", "--", "-1", "1.5", "1e400", "9007199254740992", "9".repeat(2000)]) {
      await page.fill(`#${field}`, typed);
      await page.click("#generate");
      const sentence = await (await said(control)).jsonValue();
      assert.match(
        sentence,
        /^Seed( [AB])? is (empty|“.{1,61}”): it must be a whole number from 0 to 9,007,199,254,740,991\.$/,
      );
    }
    assert.equal(await runs(), before);
    await page.fill(`#${field}`, "3");
  });
}

test("a field that the sampler does not have keeps nothing from running", async () => {
  await page.click("#tab-generate");
  await page.fill("#eta", "");
  await page.fill("#sigma-clip", "");
  await choose(page, "sampler", "ddpm");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.ok((await runs()) > 0);
  assert.equal(await text(page, "caption"), "DDPM small · 2 steps · a · seed 3");
  await page.click("#share-open");
  await page.waitForSelector("#share-copy:not(:disabled)");
  assert.doesNotMatch(await page.inputValue("#share-text"), /NaN|null|undefined/);
  await page.keyboard.press("Escape");
});

test("Save and the bound of a picture say what their numbers must be", async () => {
  await page.click("#save-open");
  await page.waitForSelector("#save-png:not(:disabled)");
  for (const [field, name, most] of [
    ["save-scale", "The scale", 32],
    ["save-fps", "The number of pictures per second", 50],
  ]) {
    const before = await page.inputValue(`#${field}`);
    for (const [typed, what] of TYPED) {
      await type(field, typed);
      const sentence = await (await said("save")).jsonValue();
      assert.equal(sentence, `${name} ${what}: it must be a whole number from 1 to ${most}.`);
    }
    await page.fill(`#${field}`, before);
    assert.equal(await text(page, "save-problem"), "");
  }
  await page.keyboard.press("Escape");
  await page.click("#tab-hood");
  for (const [typed, what] of TYPED) {
    await type("bound-steps", typed);
    await page.click("#bound-begin");
    const sentence = await (await said("bound")).jsonValue();
    assert.equal(sentence, `The number of steps ${what}: it must be a whole number from 2 to 1,000.`);
  }
});

test("the fields of Edit take what the engine takes, say so below, and keep the picture", async () => {
  await page.click("#tab-edit");
  await page.waitForSelector("#easel");
  await choose(page, "edit-tool", "hold");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("edit-count")?.textContent.startsWith("2 / 2"));
  for (const [tool, field, name, allowed] of [
    ["hold", "edit-hold-sigma", "Sigma", "a number from 0 to 1,000"],
    ["denoise", "edit-sigma", "Sigma", /^a number from 0 to 1\d\d(\.\d+)?$/],
  ]) {
    await choose(page, "edit-tool", tool);
    const before = [await page.inputValue(`#${field}`), await runs()];
    for (const [typed, what] of TYPED) {
      await type(field, typed);
      const sentence = await (await said(field)).jsonValue();
      const [, must] = sentence.split(`${name} ${what}: it must be `);
      assert.match(
        must?.replace(/\.$/, "") ?? sentence,
        typeof allowed === "string" ? new RegExp(`^${allowed}$`) : allowed,
      );
      assert.equal(await page.getAttribute(`#${field}`, "aria-invalid"), "true");
      await page.click("#generate");
      assert.equal(await page.evaluate(() => document.activeElement.id), field);
    }
    assert.equal(await runs(), before[1]);
    await page.fill(`#${field}`, before[0]);
    assert.equal(await text(page, `${field}-problem`), "");
  }
});

test("the steps that a model has are those that the field takes", async () => {
  site.putModel("/few/", { scheduler: { ...tinyScheduler, num_train_timesteps: 40 } });
  const few = await openPage(browser, site, "steps=40&images=1&seed=1", { model: "/few/" });
  assert.deepEqual([await few.getAttribute("#steps", "max"), await few.getAttribute("#steps", "min")], ["40", "1"]);
  await few.fill("#steps", "41");
  await few.click("#generate");
  const sentence = () => text(few, "steps-problem");
  assert.equal(await sentence(), "The number of steps is 41: it must be a whole number from 1 to 40.");
  await few.click("#more summary");
  await few.selectOption("#trajectory", "even");
  await few.fill("#steps", "1");
  await few.click("#generate");
  assert.equal(await sentence(), "The number of steps is 1: it must be a whole number from 2 to 40.");
});

test("what is wrong is in sight when Generate is pressed, on a phone too", async () => {
  const phone = await openPage(browser, site, "images=1&seed=1", { viewport: { width: 390, height: 844 } });
  await phone.fill("#steps", "0");
  await phone.evaluate(() => scrollTo(0, 0));
  await phone.evaluate(() => document.getElementById("generate").click());
  await phone.waitForFunction(() => {
    const { top, bottom } = document.getElementById("steps-problem").getBoundingClientRect();
    return top > 0 && bottom > top && bottom <= innerHeight;
  });
});

test("times are said as people say them", async () => {
  const slow = await openPage(browser, site, "images=1&steps=2&seed=1");
  const said = (ms) =>
    slow.evaluate((speed) => {
      const [[key]] = Object.entries(JSON.parse(localStorage.getItem("unnoise.speed")));
      localStorage.setItem("unnoise.speed", JSON.stringify({ [key]: speed }));
    }, ms);
  await slow.click("#generate");
  await untilRun(slow, "done");
  const address = new URL(slow.url());
  address.searchParams.set("steps", "1000");
  for (const [ms, words] of [
    [50_000, "About 14 hours"],
    [864_000, "About 10 days"],
    [8_640_000, "About 3 months"],
    [1e8, "More than a year"],
  ]) {
    await said(ms);
    await slow.goto(address.href);
    await slow.waitForSelector("#loading", { state: "hidden" });
    assert.equal(await text(slow, "cost"), `${words} for one image on this machine.`);
  }
});
