// The library, the page and the element in WebKitGTK, on the CPU module: Chromium's bits. Skipped where there is no driver for it.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { serve } from "../serve.mjs";
import {
  areRefusedAlike,
  areRefusedByCodes,
  automatic,
  haveSameBits,
  isCpu,
  ownDenoiser,
  shareAnEngine,
  twoElements,
} from "./engines.mjs";
import { blankPage, launch, Site } from "./helpers.mjs";
import { becomeNothing, watch } from "./hostile.mjs";
import { decodePng } from "./png.mjs";
import { stallsEnd } from "./stalling.mjs";
import { tinyWeights } from "./tiny-model.mjs";
import { DRIVER, webkitPage } from "./webkit.mjs";

/** Run in Chromium first: it then takes the build of the CPU module that WebKit takes. */
function withoutRelaxed() {
  WebAssembly.validate = () => false;
}

const skip = DRIVER === "" && "no WebKitWebDriver";

describe("WebKit", { skip }, () => {
  let chromium;
  let site;
  before(async () => {
    [chromium, site] = await Promise.all([launch(), Site.start()]);
  });
  after(() => Promise.all([chromium.close(), site.close()]));
  afterEach(() => Promise.all(chromium.contexts().map((context) => context.close())));

  /** Runs `use` on a page that has the library and nothing else. */
  const onBlank = (use) =>
    webkitPage(`${site.origin}/blank.html`, async (page) => {
      await page.until(() => globalThis.ready === true);
      return use(page);
    });

  /** What a function of the page gives in WebKit and in Chromium. */
  async function inBoth(ask) {
    const found = await onBlank((page) => page.evaluate(ask));
    const other = await (await blankPage(chromium, site, { init: withoutRelaxed })).evaluate(ask);
    // As it comes out of WebKit, where a value passes as JSON.
    return [found, JSON.parse(JSON.stringify(other))];
  }

  /** Waits for the end of a run of the page. */
  const untilDone = (page) => page.until(() => document.getElementById("outcome")?.textContent.startsWith("done"));
  const said = (page, id) => page.evaluate((id) => document.getElementById(id).textContent.trim(), id);
  /** The picture on a canvas, as bytes. */
  const drawn = (page, id) =>
    page.evaluate((id) => {
      const canvas = document.getElementById(id);
      return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
    }, id);

  test("the automatic choice takes the CPU, without relaxed SIMD and WebGPU, and says why", async () => {
    const backend = await onBlank((page) => page.evaluate(automatic));
    isCpu(backend);
    assert.doesNotMatch(backend.adapter, /multiply-add/);
  });

  test("a denoiser of one's own and a seed give Chromium's bits", async () => {
    haveSameBits(await inBoth(ownDenoiser));
  });

  test("a network's pictures are Chromium's, and bad input is refused in the same words", async () => {
    const [found, other] = await inBoth(async () => {
      const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
      const model = await diffuser.load("/tiny/");
      const { images } = await model.sample({ steps: 6, seed: 3, batch: 2, labels: [0, 1], eta: 0.5 }).result();
      const refused = await failure(() => model.sample({ steps: 0 }).result());
      const absent = await failure(() => diffuser.load("/absent/"));
      diffuser.dispose();
      return { pictures: images.map(({ data }) => [...data]), refused, absent };
    });
    assert.ok(new Set(found.pictures[1]).size > 8, "a picture of many greys");
    assert.deepEqual(found, other);
    assert.equal(found.absent.code, "http-status");
  });

  test("the page generates, and what it shares brings the same picture back", async () => {
    const shared = `${site.origin}/?model=/tiny/&backend=cpu&steps=4&images=2&seed=5`;
    const first = await webkitPage(shared, async (page) => {
      await untilDone(page);
      assert.match(await said(page, "caption"), /^DDIM · 4 steps · one of each class · seed 5$/);
      await page.press("#generate");
      await page.until(() => !document.getElementById("caption").textContent.endsWith("seed 5"));
      await untilDone(page);
      await page.press("#share-open");
      await page.until(() => /seed=/.test(document.getElementById("share-text").value));
      const link = await page.evaluate(() => document.getElementById("share-text").value);
      const seen = decodePng(await page.screenshot());
      assert.ok(seen.width >= 1200, `a screenshot of ${seen.width} pixels`);
      return { link, picture: await drawn(page, "canvas"), caption: await said(page, "caption") };
    });
    assert.ok(new Set(first.picture).size > 8, "a picture of many greys");
    const again = await webkitPage(first.link, async (page) => {
      await untilDone(page);
      return { link: first.link, picture: await drawn(page, "canvas"), caption: await said(page, "caption") };
    });
    assert.deepEqual(again, first);
  });

  test("the page interpolates, and every view opens without being wider than the window", async () => {
    await webkitPage(
      `${site.origin}/?model=/tiny/&backend=cpu&steps=3&seed=4&class=a&frames=5#interpolate`,
      async (page) => {
        await page.until(() => document.getElementById("loading")?.hidden);
        await page.press("#generate");
        await page.until(() => document.getElementById("morph-outcome")?.textContent.startsWith("done"));
        const frames = new Set();
        for (const at of [0, 2, 4]) {
          await page.evaluate((at) => {
            const scrub = document.getElementById("morph-scrub");
            scrub.value = String(at);
            scrub.dispatchEvent(new Event("input", { bubbles: true }));
          }, at);
          frames.add((await drawn(page, "morph-canvas")).join());
        }
        assert.equal(frames.size, 3, "three frames of the film differ");
        const tabs = await page.evaluate(() => [...document.querySelectorAll("[role=tab]")].map(({ id }) => id));
        assert.ok(tabs.length >= 5);
        for (const tab of tabs) {
          await page.press(`#${tab}`);
          const wide = await page.evaluate((tab) => {
            const panel = document.getElementById(document.getElementById(tab).getAttribute("aria-controls"));
            return { hidden: panel.hidden, over: document.documentElement.scrollWidth - innerWidth };
          }, tab);
          assert.deepEqual(wide, { hidden: false, over: 0 }, tab);
        }
      },
    );
  });

  test("two elements share one engine", async () => {
    const from = site.requests.length;
    const pictures = await onBlank((page) => page.evaluate(twoElements));
    shareAnEngine(pictures, site.requests.slice(from));
  });

  // One test for both, as each page of its own takes a driver of its own. WebKitGTK has no WebGPU: burn computes on the CPU.
  for (const backend of ["cpu", "burn"]) {
    test(`on ${backend} hostile models and files become no markup and no request, and changed ones are refused in Chromium's words`, async () => {
      site.put("/weights", { type: "application/octet-stream", body: tinyWeights() });
      await webkitPage(`${site.origin}/blank.html`, async (page) => {
        await page.until(() => globalThis.ready === true);
        await areRefusedAlike(page, await blankPage(chromium, site), { backend });
        await areRefusedByCodes(page);
        const at = async (path) => {
          await page.goto(site.origin + path);
          await page.evaluate(watch);
          return page;
        };
        await becomeNothing(site, at, { backend });
      });
    });
  }

  test("a server that stalls is told of after its time, and asked again on wish: in the page, in the element and in embed.html", async () => {
    await onBlank((page) =>
      stallsEnd(site, async (path) => {
        await page.goto(site.origin + path);
        return page;
      }),
    );
  });

  test("a second visit needs no network: the service worker has the page, the module and the model", async () => {
    const host = await serve({
      folders: [
        ["/pkg/", "pkg"],
        ["/models/", "models"],
        ["/", "site"],
      ],
    });
    await webkitPage(`${host.origin}/?steps=2&images=1&seed=1&backend=cpu`, async (page) => {
      await untilDone(page);
      await page.until(async () => {
        const name = (await caches.keys()).find((name) => name.startsWith("unnoise modules"));
        const kept = name ? await (await caches.open(name)).keys() : [];
        const module = kept.filter(({ url }) => /pkg\/cpu\/.*\.(wasm|js)/.test(url));
        return navigator.serviceWorker.controller !== null && module.length >= 2;
      });
      await host.close();
      await page.goto(`${host.origin}/?steps=3&images=1&seed=5&backend=cpu`);
      await untilDone(page);
      assert.equal(await said(page, "count"), "3 / 3");
    });
  });
});
