// A stock headless Firefox, driven over WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { PATIENCE_MS } from "./helpers.mjs";

const LAPTOP = { width: 1280, height: 720 };

/** Firefox: `FIREFOX`, or Debian's; with preferences of its own where some are given. */
export function launchFirefox(extraPrefsFirefox = {}) {
  const executablePath = process.env.FIREFOX || "/usr/bin/firefox-esr";
  return puppeteer.launch({ browser: "firefox", executablePath, headless: true, extraPrefsFirefox });
}

/**
 * A page in a profile of its own, or in one that is given; what goes wrong in it is collected in `page.complaints`. `init` is run before
 * the page's own scripts.
 */
export async function firefoxPage(firefox, address, { viewport = LAPTOP, init } = {}) {
  const context = "createBrowserContext" in firefox ? await firefox.createBrowserContext() : firefox;
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  await page.setViewport(viewport);
  if (init) await page.evaluateOnNewDocument(init);
  await page.goto(address);
  return page;
}
