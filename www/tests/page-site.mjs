// What the tests of the page share: opening it on the tiny model, and reading what it shows.

/** A context's options for a laptop; a test changes what it is about. What a test puts in a file's place is no file of the page's. */
const LAPTOP = {
  viewport: { width: 1280, height: 720 },
  colorScheme: "light",
  reducedMotion: "reduce",
  serviceWorkers: "block",
};

/** The screens of a desktop, a laptop and two phones, in CSS pixels: the page is seen on each. */
export const SIZES = [
  [1440, 900],
  [1280, 720],
  [390, 844],
  [360, 640],
];

/**
 * Before the page's own scripts: counts what it asks of its workers, and adds up layout shifts. Plans are not counted, for they follow
 * the fields of the form at any time; nor is what is freed.
 */
function watch() {
  globalThis.asked = 0;
  for (const type of [Worker, MessagePort]) {
    const { postMessage } = type.prototype;
    type.prototype.postMessage = function (...message) {
      if (!["planOf", "close"].includes(message[0]?.path?.at(-1))) globalThis.asked += 1;
      return postMessage.apply(this, message);
    };
  }
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      const moved = ({ node, previousRect, currentRect }) =>
        `${node?.outerHTML?.slice(0, 40)}: ${JSON.stringify(previousRect)} to ${JSON.stringify(currentRect)}`;
      globalThis.shifts.push({ value, nodes: sources.map(moved) });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** Glue code after the CPU module's own: a step first waits for this promise. */
function beforeSteps(promise) {
  // A batch that is spread over workers goes the second way.
  return `for (const [{ prototype }, name] of [[Run, "step"], [Network, "predictImages"]]) {
      const quick = prototype[name];
      prototype[name] = async function (...given) {
        await ${promise};
        return quick.apply(this, given);
      };
    }`;
}

/** Code before a crash: `trap()` ends a module as a Rust panic does, or memory that is used up. */
export const TRAP = `
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  const trap = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.t;`;

/** A step takes this long, so that there is time to act during one. */
export const slowSteps = (ms) => beforeSteps(`new Promise((resolve) => setTimeout(resolve, ${ms}))`);

/** Holds every step of the CPU module until the test lets it go, so that what is in flight is known on the slowest machine. */
export function holdSteps(site) {
  let allowed = 0;
  const waiting = [];
  const held = {
    /** Steps that were begun so far. */
    begun: 0,
    /** Lets so many steps go, those that wait first. */
    let(steps) {
      allowed += steps;
      while (allowed > 0 && waiting.length > 0) {
        allowed -= 1;
        waiting.shift()();
      }
    },
    /** Waits until so many have begun. */
    async until(steps) {
      while (held.begun < steps) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
  site.put("/held", () => {
    held.begun += 1;
    return new Promise((resolve) => {
      waiting.push(() => resolve({}));
      held.let(0);
    });
  });
  site.patch("/pkg/cpu/unnoise.js", { after: beforeSteps('fetch("/held")') });
  return held;
}

/** Waits while the page draws so many frames: time for what must not happen. */
export const drawn = (page, frames = 30) =>
  page.evaluate(async (frames) => {
    for (let i = 0; i < frames; i++) await new Promise(requestAnimationFrame);
  }, frames);

/**
 * Opens the page, by default on the tiny model and without the sample that runs by itself. What goes wrong in it is
 * collected in `page.complaints`. With `loaded: false` the model may still be on its way.
 */
export async function openPage(browser, site, query = "", { loaded = true, init, model = "/tiny/", ...options } = {}) {
  const context = await browser.newContext({ ...LAPTOP, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => {
    // The tiny model has no f16 weights, which the library asks for first.
    const expected = message.location().url.includes("/tiny/");
    if (message.type() === "error" && !expected) page.complaints.push(message.text());
  });
  await page.addInitScript(watch);
  if (init) await page.addInitScript(init);
  const asked = new URLSearchParams(query);
  if (!asked.has("model") && model) asked.set("model", model);
  if (!asked.has("backend")) asked.set("backend", "cpu");
  await page.goto(`${site.origin}/?${asked}`);
  if (loaded) await page.waitForSelector("#loading", { state: "hidden" });
  return page;
}

/** The text of an element. */
export const text = async (page, id) => (await page.textContent(`#${id}`)).trim();

/** The step shown and the count of steps: "3 / 20" as [3, 20]. */
export async function count(page) {
  return (await text(page, "count")).split("/").map(Number);
}

/** What is said beside a control, in place of nothing; waits for it. */
export async function problem(page, control) {
  await page.waitForSelector(`#${control}-problem:not(:empty)`);
  return text(page, `${control}-problem`);
}

/** Waits until the run on the stage has come to this end, or rest: "done", "stopped", "paused". */
export function untilRun(page, state) {
  return page.waitForFunction((s) => {
    const busy = document.getElementById("stage").getAttribute("aria-busy") === "true";
    const over = s === "paused" || !busy;
    return over && document.getElementById("outcome").textContent.startsWith(s);
  }, state);
}

/** Waits until at least this many steps are shown. */
export function untilStep(page, step) {
  return page.waitForFunction((s) => Number.parseInt(document.getElementById("count")?.textContent, 10) >= s, step);
}

/** A number that stands for the pixels on the stage, or on another canvas. */
export function pixels(page, id = "canvas") {
  return page.evaluate((name) => {
    const canvas = document.getElementById(name);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let hash = 0;
    for (let i = 0; i < data.length; i += 4) hash = (Math.imul(hash, 31) + data[i]) | 0;
    return hash;
  }, id);
}

/** Chooses a radio button by its group and value, as a click on its label does. */
export const choose = (page, name, value) => page.click(`label:has(input[name="${name}"][value="${value}"])`);
