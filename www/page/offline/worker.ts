/**
 * The service worker: it keeps the page for visits without a network. Each file is fetched by its hash, so that files of two versions
 * never meet. www/offline.mjs lists the files.
 */

import { PrecacheController, PrecacheRoute } from "workbox-precaching";
import { registerRoute } from "workbox-routing";
import { NetworkFirst } from "workbox-strategies";
import type { Asked } from "./asked.ts";
import { OF_A_MODEL, WEIGHTS } from "./names.ts";

/** A file, the first digits of its hash, and all of it as the browser checks it. */
interface Kept {
  url: string;
  revision: string;
  integrity: string;
}

declare const self: ServiceWorkerGlobalScope;
/** By the build: the version, the files that are kept at once, and those that are kept when they are used. */
declare const VERSION: string;
declare const AT_ONCE: Kept[];
declare const WHEN_USED: Kept[];

/** Files of other models that are kept. */
const MOST_FILES = 60;

/** The folder's own caches: another site of the same origin may have the same page. */
const named = (name: string) => `unnoise ${name} ${self.registration.scope}`;

/** Asks the server whether what the browser has is still right, in place of fetching it once more. */
const revalidating = { requestWillFetch: async ({ request }: { request: Request }) => asNew(request) };
const asNew = (request: Request) => new Request(request, { cache: "no-cache" });

const page = new PrecacheController({ cacheName: named("page"), plugins: [revalidating] });
const modules = new PrecacheController({ cacheName: named("modules"), plugins: [revalidating] });
const models = new NetworkFirst({
  cacheName: named("models"),
  plugins: [
    {
      // The places of a model's files are tried one after the other: that a file is not there is kept too. Weights are the page's to keep.
      cacheWillUpdate: async ({ request, response: { status }, response }) =>
        status === 404 || (status === 200 && !WEIGHTS.test(new URL(request.url).pathname)) ? response : null,
      cacheDidUpdate: ({ cacheName }) => dropOldest(cacheName),
    },
  ],
});
/** Links carry settings; the file is the same. */
const anyQuery = { ignoreURLParametersMatching: [/^/], cleanURLs: false };

page.precache(AT_ONCE);
modules.addToCacheList(WHEN_USED);
self.addEventListener("activate", modules.activate);
for (const controller of [page, modules]) registerRoute(new PrecacheRoute(controller, anyQuery));
registerRoute(({ sameOrigin }) => sameOrigin, sizeOf, "HEAD");
registerRoute(({ url }) => OF_A_MODEL.test(url.pathname), models);

self.addEventListener("message", (event) => {
  const asked: Asked = event.data;
  if (asked.type === "take-over") event.waitUntil(takeOver(event));
  else if (asked.type === "adopt" && asked.version === VERSION) event.waitUntil(adopt(event, asked.used));
});

/** Keeps to the most files; a cache lists those first that were fetched longest ago. */
async function dropOldest(cacheName: string): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const request of (await cache.keys()).slice(0, -MOST_FILES)) await cache.delete(request);
}

/** A HEAD request, which asks for a size, answered without a network by what is kept. */
async function sizeOf({ request, url }: { request: Request; url: URL }): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = (await page.matchPrecache(url.href)) ?? (await modules.matchPrecache(url.href));
    if (!kept) throw error;
    return new Response(null, { headers: kept.headers });
  }
}

/** Takes the place of the older version, unless it is open in another tab too. Answers how many tabs there are. */
async function takeOver(event: ExtendableMessageEvent): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.filter(({ url }) => url.startsWith(self.registration.scope)).length;
  event.ports[0]?.postMessage(open);
  if (open <= 1) await self.skipWaiting();
}

/** Takes in a page of the same version that began without this worker, and keeps the model and the modules that it used. */
async function adopt(event: ExtendableMessageEvent, used: readonly string[]): Promise<void> {
  await self.clients.claim();
  for (const url of used.filter((url) => OF_A_MODEL.test(new URL(url).pathname) && !page.getCacheKeyForURL(url))) {
    await models.handle({ event, request: new Request(url) }).catch(() => undefined);
  }
  const folders = used.map(folderOf);
  for (const [url, cacheKey] of modules.getURLsToCacheKeys()) {
    // The worker of a module loads its script, of which the page does not know.
    if (!used.includes(url) && !(url.endsWith(".js") && folders.includes(folderOf(url)))) continue;
    const integrity = modules.getIntegrityForCacheKey(cacheKey);
    await modules.strategy.handle({ event, request: new Request(url), params: { cacheKey, integrity } });
  }
}

function folderOf(url: string): string {
  return new URL(".", url).href;
}
