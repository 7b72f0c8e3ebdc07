// What the tests of the element share: a page with elements, what they told, and what they still hold on to.

/** Before the page's own scripts: keeps the element's events, adds up layout shifts, and counts what is not given back. */
function watch() {
  globalThis.told = [];
  for (const type of ["load", "progress", "step", "complete", "error"]) {
    document.addEventListener(type, (event) => {
      if (!(event instanceof CustomEvent)) return;
      const { step, code, loaded } = event.detail;
      const id = event.composedPath().find(({ localName }) => localName === "diffusion-sampler")?.id;
      globalThis.told.push({ id, type, index: step?.index, code, loaded });
    });
  }
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      globalThis.shifts.push({ value, nodes: sources.map(({ node }) => node?.outerHTML?.slice(0, 60)) });
    }
  }).observe({ type: "layout-shift", buffered: true });
  globalThis.violations = [];
  addEventListener("securitypolicyviolation", (e) =>
    globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`),
  );

  const held = { observers: new Set(), listeners: 0, frames: 0 };
  globalThis.holds = () => ({ observers: held.observers.size, listeners: held.listeners, frames: held.frames });
  for (const Observer of [ResizeObserver, IntersectionObserver]) {
    const { observe, disconnect } = Observer.prototype;
    Observer.prototype.observe = function (...given) {
      held.observers.add(this);
      return observe.apply(this, given);
    };
    Observer.prototype.disconnect = function () {
      held.observers.delete(this);
      return disconnect.call(this);
    };
  }
  const wide = (target) => target === document || target === globalThis || target instanceof MediaQueryList;
  for (const [name, change] of [
    ["addEventListener", 1],
    ["removeEventListener", -1],
  ]) {
    const native = EventTarget.prototype[name];
    EventTarget.prototype[name] = function (...given) {
      if (wide(this)) held.listeners += change;
      return native.apply(this, given);
    };
  }
  const { requestAnimationFrame: native } = globalThis;
  globalThis.requestAnimationFrame = (call) => {
    held.frames += 1;
    return native((time) => {
      held.frames -= 1;
      call(time);
    });
  };
}

/** Attributes of an element on the tiny model. */
export const TINY = 'model="/tiny/" backend="cpu" seed="7" steps="3"';

/** A page of this markup that loads the element with one script tag. */
export function pageOf(markup, { head = "", script = "/pkg/element.js", headers } = {}) {
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A post</title><link rel="icon" href="data:,">
    <meta name="viewport" content="width=device-width">${head}<script type="module" src="${script}"></script></head>
    <body>${markup}</body></html>`;
  return { type: "text/html; charset=utf-8", body, headers };
}

/**
 * Opens a page of this markup. `id`s become names for `evaluate`, as in every page. What goes wrong in it is collected in
 * `page.complaints`. With `loaded: false` the element's script may still be on its way.
 */
export async function openElement(browser, site, markup, { head, script, headers, loaded = true, ...options } = {}) {
  site.put("/element.html", pageOf(markup, { head, script, headers }));
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  await page.addInitScript(watch);
  await page.goto(`${site.origin}/element.html`, { waitUntil: loaded ? "load" : "commit" });
  if (loaded) await untilDefined(page);
  return page;
}

/** Waits until the element's script has run. */
export function untilDefined(page) {
  return page.waitForFunction(() => customElements.get("diffusion-sampler"));
}

/** What an element told, in order; many of one kind in a row are told once. */
export function kinds(page, id = "a") {
  return page.evaluate((id) => {
    const types = told.filter((event) => event.id === id).map(({ type }) => type);
    return types.filter((type, i) => type !== types[i - 1]);
  }, id);
}

/** Waits until an element is in this state. */
export function untilState(page, state, id = "a") {
  return page.waitForFunction(([id, state]) => document.getElementById(id).state === state, [id, state]);
}

/** Waits until the page has this many workers. */
export async function untilWorkers(page, count) {
  while (page.workers().length !== count) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Requests of a model's weights that were answered with them. */
export function weightsSent(site, folder = "/tiny/") {
  return site.requests.filter(
    ({ path, status }) => path.startsWith(folder) && path.endsWith("safetensors") && status === 200,
  );
}

/** Text of the message in an element's picture, and whether it can be seen. */
export function messageOf(page, id = "a") {
  return page.evaluate((id) => {
    const message = document.getElementById(id).shadowRoot.querySelector(".message");
    return message.checkVisibility() ? message.innerText : "";
  }, id);
}
