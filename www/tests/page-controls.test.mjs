// The page's controls: what is impossible is said beside the control that caused it; the address; the keyboard; a phone.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, count, openPage, pixels, problem, text, untilRun, untilStep } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Values typed into a control, and what must be said of them. */
const IMPOSSIBLE = [
  ["steps", "5000", /^The number of steps is 5000: it must be a whole number from 1 to 1,000\.$/],
  ["steps", "2.5", /2\.5.*whole number/],
  ["steps", "", /^The number of steps is empty: it must be/],
  ["eta", "1.5", /1\.5.*0 to 1/],
  ["eta", "", /^Eta is empty: it must be a number from 0 to 1\.$/],
  ["seed", "", /^Seed is empty/],
  ["seed", "-3", /“-3”.*0 to 9,007,199,254,740,991/],
  ["seed", "9007199254740992", /9007199254740992.*0 to 9,007,199,254,740,991/],
  ["seed", "1e3", /“1e3”.*whole number/],
  ["seed", "soup", /soup.*whole number/],
  ["images", "37", /37.*1 to 36/],
  ["images", "", /^The number of images is empty/],
  ["guidance", "-1", /-1.*0 to 100/],
  ["guidance", "101", /101.*0 to 100/],
  ["guidance", "", /^Guidance is empty: it must be a number from 0 to 100\.$/],
];

test("an impossible value is refused in words beside its control, and the model keeps working", async () => {
  const page = await openPage(browser, site, "steps=2&class=a");
  await page.click("#more summary");
  for (const [control, value, sentence] of IMPOSSIBLE) {
    const before = await page.inputValue(`#${control}`);
    await page.fill(`#${control}`, value);
    await page.click("#generate");
    assert.match(await problem(page, control), sentence);
    assert.equal(await page.getAttribute(`#${control}`, "aria-invalid"), "true");
    assert.match(await page.getAttribute(`#${control}`, "aria-describedby"), new RegExp(`${control}-problem`));
    const gap = await page.evaluate((id) => {
      const [input, said] = [id, `${id}-problem`].map((name) => document.getElementById(name).getBoundingClientRect());
      return said.top - input.bottom;
    }, control);
    assert.ok(gap >= 0 && gap < 60, `${control} ${value}: ${gap} pixels below`);

    await page.fill(`#${control}`, "1");
    assert.equal(await page.getAttribute(`#${control}`, "aria-invalid"), null);
    await page.click("#generate");
    await untilRun(page, "done");
    assert.equal(await text(page, `${control}-problem`), "");
    await page.fill(`#${control}`, before);
  }
  assert.deepEqual(page.complaints, []);
});

test("an impossible value is said before Generate is pressed, and a run at hand goes on", async () => {
  const page = await openPage(browser, site, "steps=400");
  await page.click("#generate");
  await untilStep(page, 1);
  await page.fill("#steps", "0");
  assert.match(await problem(page, "steps"), /1 to 1,000/);
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [400, 400]);
});

test("the address sets the controls", async () => {
  const page = await openPage(browser, site, "seed=9&steps=3&sampler=ddpm&images=4&class=b");
  const value = (id) => page.inputValue(`#${id}`);
  assert.deepEqual([await value("seed"), await value("steps"), await value("images")], ["9", "3", "4"]);
  assert.equal(await page.isChecked("#fresh-seed"), false);
  await page.click("#generate");
  await untilRun(page, "done");
  assert.equal(await text(page, "caption"), "DDPM small · 3 steps · b · seed 9");
});

test("what the address asks for in vain is said beside its control", async () => {
  const page = await openPage(browser, site, "seed=-1&steps=0&sampler=euler&images=99&class=hat&eta=2&backend=abacus");
  assert.match(await problem(page, "seed"), /seed=-1.*whole number/);
  assert.match(await problem(page, "steps"), /steps=0.*1 to 1,000/);
  assert.match(await problem(page, "sampler"), /sampler=euler.*ddim, ddpm/);
  assert.match(await problem(page, "images"), /images=99.*1 to 36/);
  assert.match(await problem(page, "eta"), /eta=2.*0 to 1/);
  assert.match(await problem(page, "class"), /class=hat.*any, each, a, b/);
  assert.match(await problem(page, "backend"), /backend=abacus.*auto, cpu, webgpu, burn/);
  await page.click("#generate");
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [50, 50]);
});

test("each sampler shows its own options and what it does to the picture", async () => {
  const page = await openPage(browser, site, "steps=2&seed=1");
  const runAs = async () => {
    await page.click("#generate");
    await untilRun(page, "done");
    return [await text(page, "caption"), await pixels(page)];
  };
  const ddim = await text(page, "sampler-hint");
  assert.deepEqual([await page.isVisible("#eta"), await page.isVisible("#variance-field")], [true, false]);
  await choose(page, "sampler", "ddpm");
  assert.notEqual(await text(page, "sampler-hint"), ddim);
  assert.deepEqual([await page.isVisible("#eta"), await page.isVisible("#variance-field")], [false, true]);
  await choose(page, "variance", "large");
  const [caption] = await runAs();
  assert.equal(caption, "DDPM large · 2 steps · one of each class · seed 1");
  await page.click("#sampler-paper");
  assert.equal(await page.isVisible("#paper-ddpm math"), true);
  assert.match(await page.textContent("#paper-ddpm"), /Ho, Jain, Abbeel 2020/);
});

test("one of each class gives every image the next class", async () => {
  const page = await openPage(browser, site, "steps=2&seed=1&images=4&class=each");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.equal(await text(page, "caption"), "DDIM · 2 steps · one of each class · seed 1");
  const alone = await openPage(browser, site, "steps=2&seed=1&images=4&class=a");
  await alone.click("#generate");
  await untilRun(alone, "done");
  assert.notEqual(await pixels(page), await pixels(alone));
});

test("smooth pixels change the drawing and nothing else", async () => {
  const page = await openPage(browser, site, "steps=2");
  await page.click("#generate");
  await untilRun(page, "done");
  const [asked, square] = [await page.evaluate(() => globalThis.asked), await pixels(page)];
  await page.click("#more summary");
  await page.check("#smooth");
  assert.notEqual(await pixels(page), square);
  await page.uncheck("#smooth");
  assert.equal(await pixels(page), square);
  assert.equal(await page.evaluate(() => globalThis.asked), asked);
});

test("everything can be reached and done with the keyboard alone", async () => {
  const page = await openPage(browser, site, "steps=6");
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.name || "");
  const reach = async (id) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press("Tab");
      if ((await focused()) === id) return;
    }
    assert.fail(`Tab does not reach ${id}`);
  };
  await reach("sampler");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.isVisible("#variance-field"), true);
  await reach("steps");
  const ring = () => page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(await ring(), "solid");
  await page.keyboard.press("Enter");
  await untilRun(page, "done");
  await reach("dice");
  await page.keyboard.press("Space");
  assert.equal(await page.isChecked("#fresh-seed"), false);
  await reach("generate");
  await page.keyboard.press("Enter");
  await untilRun(page, "done");
  await page.focus("#backend-chip");
  await reach("play");
  await reach("scrub");
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await count(page), [5, 6]);
  await page.keyboard.press("Home");
  assert.deepEqual(await count(page), [0, 6]);
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.getElementById("count")?.textContent === "6 / 6");
  await reach("which");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.isChecked("input[name=which][value=xt]"), true);
  await page.focus("#backend-chip");
  await page.keyboard.press("Enter");
  assert.equal(await page.isVisible("#info-reason"), true);
  await page.keyboard.press("Escape");
  assert.equal(await page.isVisible("#info-reason"), false);
});

test("Stop pressed by the keyboard hands its focus to Generate", async () => {
  const page = await openPage(browser, site, "steps=1000&images=36");
  await page.click("#generate");
  await untilStep(page, 1);
  await page.focus("#stop");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "generate");
});

for (const colorScheme of ["light", "dark"]) {
  test(`a phone's window has no sideways scrolling, in ${colorScheme}`, async () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme };
    const page = await openPage(browser, site, "steps=4&images=12&guidance=2", phone);
    await page.click("#more summary");
    await page.click("#model-change");
    await page.click("#generate");
    await untilRun(page, "done");
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.equal(content, window);
    const cut = await page.evaluate(() => {
      const shown = [...document.querySelectorAll("main *, header *, footer *")].filter((e) => e.checkVisibility());
      return shown
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5)
        .map((e) => e.outerHTML.slice(0, 60));
    });
    assert.deepEqual(cut, []);
  });
}

test("a laptop's window needs no scrolling", async () => {
  const page = await openPage(browser, site);
  const overflow = await page.evaluate(() => {
    const { scrollHeight, scrollWidth } = document.documentElement;
    const panel = document.getElementById("scroll");
    return [scrollHeight - innerHeight, scrollWidth - innerWidth, panel.scrollHeight - panel.clientHeight];
  });
  assert.deepEqual(overflow, [0, 0, 0]);
});
