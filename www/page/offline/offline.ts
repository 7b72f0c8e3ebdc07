/** Keeps the page for visits without a network, and offers a new version of it. Fetched once the model is there. */

import { Workbox } from "workbox-window";
import { make, say } from "../../ui/dom.ts";
import { savesData } from "../dom.ts";
import { learn, t } from "../texts.ts";
import type { Asked } from "./asked.ts";
import { WEIGHTS } from "./names.ts";

/** A tab that is looked at again after so long asks for a new version, in milliseconds. */
const LONG_MS = 3_600_000;

/** The policy of Trusted Types that lets the service worker start: it accepts nothing but its address. */
const POLICY = "unnoise-page";
declare const trustedTypes: { createPolicy(name: string, rules: Addresses): Addresses } | undefined;
type Addresses = { createScriptURL(address: string): string };

/** Starts the service worker. Where there can be none, the page goes on without. */
export async function keepPage(): Promise<void> {
  if (!navigator.serviceWorker || savesData()) return;
  const worker = new Workbox(ownWorker());
  worker.addEventListener("waiting", () => offer(worker).catch(() => undefined));
  await worker.register({ immediate: true });
  lookAgain(worker);
  if (navigator.serviceWorker.controller) return;
  const { active } = await navigator.serviceWorker.ready;
  const used = resources().filter((entry) => !isWeights(entry));
  const version = document.querySelector('meta[name="version"]')?.getAttribute("content") ?? "";
  active?.postMessage({ type: "adopt", version, used: used.map(({ name }) => name) } satisfies Asked);
}

function ownWorker(): string {
  const address = new URL("./sw.js", document.baseURI).href;
  if (typeof trustedTypes === "undefined") return address;
  try {
    return trustedTypes.createPolicy(POLICY, { createScriptURL: () => address }).createScriptURL(address);
  } catch {
    // A Content-Security-Policy that does not list the name: what it enforces, the browser says.
    return address;
  }
}

function resources(): PerformanceResourceTiming[] {
  return performance.getEntriesByType("resource").filter((entry) => entry instanceof PerformanceResourceTiming);
}

/** Whether these are weights, which the page keeps itself. That a model has none of a name is the worker's to keep. */
function isWeights({ name, responseStatus }: PerformanceResourceTiming): boolean {
  return WEIGHTS.test(new URL(name).pathname) && responseStatus !== 404;
}

/** Offers a version that has come while an older one runs. */
async function offer(worker: Workbox): Promise<void> {
  await learn("offline");
  const words = make("span", {}, t("offlineNew"));
  const reload = make("button", { type: "button", class: "plain small" }, t("offlineReload"));
  const later = make("button", { type: "button", class: "quiet" }, t("offlineLater"));
  const bar = make("div", { class: "sheet line offer", id: "offer", role: "status" }, words, reload, later);
  reload.addEventListener("click", async () => {
    worker.addEventListener("controlling", () => location.reload());
    const open: number = await worker.messageSW({ type: "take-over" } satisfies Asked);
    if (open > 1) say(words, t("offlineOthers"));
  });
  later.addEventListener("click", () => bar.remove());
  document.getElementById("offer")?.remove();
  document.body.append(bar);
}

function lookAgain(worker: Workbox): void {
  let last = performance.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || performance.now() - last < LONG_MS) return;
    last = performance.now();
    worker.update().catch(() => undefined);
  });
}
