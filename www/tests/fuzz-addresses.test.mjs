// Whatever stands in an address, the page and the page of an iframe treat it as text: no payload becomes markup or code.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, Site } from "./helpers.mjs";

/** What the page's address can say, and that of an iframe. */
const PAGE =
  "model backend seed steps images eta sigmaClip guidance sampler variance trajectory clip rng class hash view b c d classb classc classd frames at variations";
const EMBED =
  "model backend seed steps batch images eta sigma-clip guidance sampler variance trajectory clip rng labels class to at branch show scale smooth controls columns aspect autoplay loop theme origin onload style";

const PAYLOADS = [
  "<img src=x onerror=pwned(1)>",
  '"><svg onload=pwned(2)>',
  "</script><script>pwned(3)</script>",
  "javascript:pwned(4)",
  "data:text/html,<script>parent.pwned(5)</script>",
  "{{pwned(6)}}<a href=javascript:pwned(6)>x</a>",
  "' onmouseover='pwned(7)' x='\u2028\u0000\r\n",
  "\u202e[]=__proto__&constructor[prototype][pwned]=1",
];

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await Site.start();
});
after(() => browser.close());
after(() => site.close());

/** What of a payload became more than text, in the page and in the elements' own trees. */
function injected() {
  const trees = [document, ...[...document.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? [])];
  const elements = trees.flatMap((tree) => [...tree.querySelectorAll("*")]);
  const suspicious = ({ attributes }) =>
    [...attributes].some(
      ({ name, value }) =>
        name.startsWith("on") ||
        (/^\s*(javascript|data:text)/i.test(value) && ["href", "src", "action"].includes(name)),
    );
  const foreign = elements.filter((element) => suspicious(element) && !element.matches("diffusion-sampler"));
  return [...globalThis.ran, ...foreign.map(({ outerHTML }) => outerHTML.slice(0, 200))];
}

for (const [path, names] of [
  ["/", PAGE],
  ["/embed.html", EMBED],
]) {
  test(`payloads in the address of ${path} stay text`, async () => {
    const context = await browser.newContext({ reducedMotion: "reduce" });
    const page = await context.newPage();
    const crashes = [];
    page.on("pageerror", (error) => crashes.push(error.message));
    page.on("dialog", (dialog) => crashes.push(dialog.message()));
    await page.addInitScript(() => {
      globalThis.ran = [];
      globalThis.pwned = (what) => globalThis.ran.push(what);
    });
    for (const payload of PAYLOADS) {
      // All at once, and once with a model that is there, so that what depends on it is read.
      for (const model of [payload, "/tiny/"]) {
        const query = new URLSearchParams(names.split(" ").map((name) => [name, payload]));
        query.set("model", model);
        if (model !== payload) query.set("backend", "cpu");
        await page.goto(`${site.origin}${path}?${query}`);
        await page.waitForTimeout(400);
        assert.deepEqual(await page.evaluate(injected), [], `${payload} ${model}`);
        assert.equal(await page.evaluate(() => Object.prototype.pwned), undefined);
      }
    }
    assert.deepEqual(crashes, []);
    await context.close();
  });
}

test("the check sees markup that came through", async () => {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/blank.html`);
  const found = await page.evaluate((source) => {
    globalThis.ran = [];
    document.body.innerHTML = "<img alt='' onerror=pwned(1)><a href='javascript:pwned(2)'>x</a>";
    return new Function(`return (${source})()`)();
  }, injected.toString());
  assert.equal(found.length, 2);
});
