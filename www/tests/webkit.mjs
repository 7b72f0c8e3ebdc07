// WebKitGTK's MiniBrowser under a virtual screen, driven over WebDriver.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Builder } from "selenium-webdriver";
import { PATIENCE_MS } from "./helpers.mjs";

/** The driver: `WEBKIT`, or Debian's. `./build.sh test` leaves WEBKIT empty where there is none. */
export const DRIVER = process.env.WEBKIT ?? "/usr/bin/WebKitWebDriver";

/**
 * Runs `use` on a page in a profile of its own. Each page has a driver of its own too: one that has ended a session may never begin
 * the next.
 */
export async function webkitPage(address, use, { width = 1280, height = 720 } = {}) {
  const port = await freePort();
  // A group of its own: xvfb-run does not hand a signal on to what it runs.
  const driver = spawn("xvfb-run", ["-a", DRIVER, `--port=${port}`], { detached: true, stdio: "ignore" });
  const ended = once(driver, "exit");
  try {
    await answering(`http://127.0.0.1:${port}/status`, driver);
    const page = await new Builder()
      .usingServer(`http://127.0.0.1:${port}`)
      .withCapabilities({ browserName: "MiniBrowser", pageLoadStrategy: "normal" })
      .build();
    await page.manage().setTimeouts({ script: PATIENCE_MS, pageLoad: PATIENCE_MS });
    await page.manage().window().setRect({ x: 0, y: 0, width, height });
    await page.get(address);
    return await use(new Page(page));
  } finally {
    if (driver.exitCode === null) process.kill(-driver.pid, "SIGTERM");
    await ended;
  }
}

/** What the tests do on a page. */
class Page {
  #driver;

  constructor(driver) {
    this.#driver = driver;
  }

  /** What an async function of the page gives for values of JSON. */
  async evaluate(ask, ...given) {
    const source = `const done = arguments[arguments.length - 1];
      (async () => (${ask})(...JSON.parse(arguments[0])))()
        .then((value) => done(JSON.stringify({ value })), (error) => done(JSON.stringify({ error: String(error) })));`;
    const { value, error } = JSON.parse(await this.#driver.executeAsyncScript(source, JSON.stringify(given)));
    if (error !== undefined) throw new Error(error);
    return value;
  }

  /** Waits until a function of the page gives something true, and returns it. */
  async until(ask, ...given) {
    return this.#driver.wait(() => this.evaluate(ask, ...given), PATIENCE_MS, `waited for ${ask}`, 50);
  }

  /** Presses a button, a tab or a link as a person would. */
  async press(selector) {
    await this.#driver.findElement({ css: selector }).click();
  }

  goto(address) {
    return this.#driver.get(address);
  }

  /** A PNG of what is seen. */
  async screenshot() {
    return Buffer.from(await this.#driver.takeScreenshot(), "base64");
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Resolves when the driver answers. */
async function answering(address, driver) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    if (driver.exitCode !== null) throw new Error(`${DRIVER} ended with code ${driver.exitCode}`);
    if (await fetch(address).catch(() => undefined)) return;
    if (Date.now() > deadline) throw new Error(`${DRIVER} did not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
