// A stock headless Firefox, driven over WebDriver BiDi.
import puppeteer from "puppeteer-core";

/** Firefox: `FIREFOX`, or Debian's. */
export function launchFirefox() {
  const executablePath = process.env.FIREFOX || "/usr/bin/firefox-esr";
  return puppeteer.launch({ browser: "firefox", executablePath, headless: true });
}

/** A page in a profile of its own; what goes wrong in it is collected in `page.complaints`. */
export async function firefoxPage(firefox, address) {
  const page = await (await firefox.createBrowserContext()).newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  await page.setViewport({ width: 1280, height: 720 });
  await page.goto(address);
  return page;
}
