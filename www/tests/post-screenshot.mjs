// Takes the article's picture for the README: `node www/tests/post-screenshot.mjs` writes docs/blog-post.png. The site and the
// CPU module must be built.
import { fileURLToPath } from "node:url";
import { launch, Site } from "./helpers.mjs";

const to = fileURLToPath(new URL("../../docs/blog-post.png", import.meta.url));

const browser = await launch();
const site = await Site.start();
const page = await browser.newPage({ viewport: { width: 900, height: 1112 }, colorScheme: "light" });
await page.goto(`${site.origin}/blog-post/`);
await page.locator("#forward").scrollIntoViewIfNeeded();
await page.waitForSelector("#time:enabled", { timeout: 300_000 });
await page.fill("#time", "180");
await page.evaluate(() => {
  document.activeElement.blur();
  scrollTo(0, document.querySelector("h1").getBoundingClientRect().top + scrollY - 40);
});
await page.screenshot({ path: to });
console.log("docs/blog-post.png");
await browser.close();
await site.close();
