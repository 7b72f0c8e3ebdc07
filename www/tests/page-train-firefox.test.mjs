// The room "Train" in Firefox: points are learnt and kept, and the pictures that ship are shown.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { Site } from "./helpers.mjs";

const [firefox, site] = await Promise.all([launchFirefox(), Site.start()]);
after(() => Promise.all([firefox.close(), site.close()]));

const PAGE = "?model=/tiny/&backend=cpu&steps=2&images=1";

test("points are learnt in Firefox, drawn, kept, and offered after a reload", async () => {
  const small = "train=word&train-word=ab&train-width=8&train-batch=8";
  const page = await firefoxPage(firefox, `${site.origin}/${PAGE}&${small}#train`);
  await page.waitForFunction(() => document.getElementById("loading")?.hidden);
  await page.waitForSelector("#train-steps");
  const inked = () =>
    page.$eval("#train-canvas", (canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      // Samples are orange: more red than blue.
      return data.filter((red, i) => i % 4 === 0 && red > data[i + 2] + 60).length;
    });
  assert.equal(await inked(), 0);
  await page.$eval("#train-steps", (field) => {
    field.value = "5";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.click("#generate");
  await page.waitForFunction(() => /^stopped at step/.test(document.getElementById("train-state")?.textContent));
  await page.waitForFunction(() => /^600 samples/.test(document.getElementById("train-canvas").ariaLabel));
  assert.ok((await inked()) > 20);
  await page.reload();
  await page.waitForSelector("#train-kept");
  assert.match(await page.$eval("#train-kept", ({ textContent }) => textContent), /A word, trained for \d+ steps?\./);
  await page.click('input[name="train-mode"][value="pictures"]');
  await page.waitForSelector("#train-grid");
  assert.match(await page.$eval("#train-grid", ({ ariaLabel }) => ariaLabel), /^48 pictures to learn from$/);
  const expected = /\/tiny\/|favicon/;
  assert.deepEqual(
    page.complaints.filter((complaint) => !expected.test(complaint)),
    [],
  );
});
