// Takes the picture of the element for the README: `node www/tests/element-screenshot.mjs [light|dark] [width] [file]` writes
// docs/element.png. The package and the CPU module must be built.
import { pageOf } from "./element-site.mjs";
import { launch, Site } from "./helpers.mjs";

const [colorScheme = "light", width = "680", file = new URL("../../docs/element.png", import.meta.url).pathname] =
  process.argv.slice(2);
const STYLE = `<meta name="color-scheme" content="light dark"><style>
  body { margin: 0; padding: 16px; } main { display: flex; flex-wrap: wrap; gap: 24px; }
  diffusion-sampler { flex: 0 0 312px; } @media (max-width: 600px) { diffusion-sampler { flex: 1 0 100%; max-width: none } }
</style>`;
const MODEL = 'model="/models/emoji/" backend="cpu"';
const MARKUP = `<main>
  <diffusion-sampler id="a" ${MODEL} seed="11" labels="face" eta="0" steps="50" show="xt"></diffusion-sampler>
  <diffusion-sampler id="b" ${MODEL} seed="5" labels="face" batch="9"></diffusion-sampler>
</main>`;

const browser = await launch();
const site = await Site.start();
site.put("/shot.html", pageOf(MARKUP, { head: STYLE }));
const viewport = { width: Number(width), height: 440 };
const page = await (await browser.newContext({ colorScheme, viewport, reducedMotion: "reduce" })).newPage();
page.setDefaultTimeout(300_000);
await page.goto(`${site.origin}/shot.html`);
await page.waitForFunction(() => customElements.get("diffusion-sampler"));
await page.evaluate(async () => {
  for (const element of [a, b]) {
    element.scrollIntoView();
    await element.generate();
  }
  a.seek(44);
  scrollTo(0, 0);
});
await page.screenshot({ path: file, fullPage: true });
console.log(file);
await browser.close();
await site.close();
