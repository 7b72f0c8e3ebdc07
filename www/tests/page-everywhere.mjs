// The page as a visitor meets it, on the screens of a desktop, a laptop and two phones, in Chromium and in Firefox: one visit per screen,
// one telling check per thing that the page promises. What each of them has beside this is in the file of its name (page-*.test.mjs).
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BROWSERS, visit } from "./everywhere.mjs";
import * as begin from "./everywhere-begin.mjs";
import * as use from "./everywhere-use.mjs";
import { SIZES } from "./page-site.mjs";

/** What is checked, in the order of a visit. */
const CHECKS = {
  "the first screen says what the page is, what to press and where one's data stays, beside a picture":
    begin.firstScreen,
  "a sample runs by itself with the sampler that draws best, and the controls say its settings": begin.firstSample,
  "pictures have the names of their classes, and article and papers are linked": begin.namesAndLinks,
  "one image is not one of each class, and the loaded model has no cost": begin.words,
  "the back end in use can be chosen in mid-run, and the chip has its time": begin.backend,
  "the page is kept for later visits, and its manifest names pictures that are there": begin.kept,
  "the address makes the same pictures again, and Back leads back": begin.address,
  "Generate stays on the screen, the stage comes into view, and a link is handed on": use.phone,
  "a wrong file is refused by what it is, in sight; a picture goes to Edit": use.files,
  "a number that makes no sense is said in sight, and the picture stays": use.numbers,
  "Share and Save follow the view": use.views,
  "variations that would be one picture are not computed, and DDPM is offered": use.variations,
  "keys, undo, a large picture and past runs are there": use.habits,
  "where nothing can run the page says so, without a control": begin.unable,
  "embed.html fits an iframe of 240 x 240, and the article's slider leads to pictures": begin.embedded,
  "without a network the page generates": begin.offline,
};

for (const [name, { launch, scriptless }] of Object.entries(BROWSERS)) {
  let launched;
  const browser = () => {
    launched ??= launch();
    return launched;
  };
  after(async () => (await launched)?.close());

  for (const size of SIZES) test(`${name} at ${size.join(" x ")}`, async (t) => one(t, await browser(), size));

  test(`${name} without JavaScript says so on every screen`, async () => {
    const without = await scriptless();
    try {
      await begin.scriptless(without, SIZES);
    } finally {
      await without.close();
    }
  });
}

/** One visit. */
async function one(t, browser, size) {
  const visited = await visit(browser, size);
  try {
    for (const [what, check] of Object.entries(CHECKS)) await t.test(what, () => check(visited));
    // The tiny model has no f16 weights, which the library asks for first.
    assert.deepEqual(
      // Without a network the page asks in vain whether the weights are still the same, and browsers say so.
      visited.page.complaints.filter((complaint) => !/404|fp16|ERR_FAILED|NetworkError/.test(complaint)),
      [],
    );
  } finally {
    await visited.page.browserContext().close();
    await visited.site.close().catch(() => undefined);
  }
}
