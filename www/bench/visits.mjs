// Two minimal pages that draw a picture of the bundled model, one with either engine, and how long a visit of them takes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchProfile } from "../tests/helpers.mjs";

/** How long a page rests after its picture, so that the browser can store what it compiled. */
const REST_MS = 3000;
/** Visits of one profile: cold, one that lets compiled code into the cache, and warm. */
const VISITS = 3;

export const ENGINES = ["unnoise", "onnxruntime-web"];

/** Milliseconds from navigation to the picture: `{ cold, warm }`, in a browser that was just made and has never seen the page. */
export async function visitOf(rig, engine, backend, graph) {
  const profile = await mkdtemp(join(tmpdir(), "unnoise-bench-"));
  try {
    const context = await launchProfile(profile);
    const times = [];
    for (let visit = 0; visit < VISITS; visit++)
      times.push(await timeIn(context, addressOf(rig, engine, backend, graph)));
    await context.close();
    return { cold: times[0], warm: times.at(-1) };
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}

/** Paths of the code that one visit asks the server for. */
export async function codeOf(rig, engine, backend, graph) {
  const since = rig.site.requests.length;
  const context = await rig.browser.newContext();
  await timeIn(context, addressOf(rig, engine, backend, graph), 0);
  await context.close();
  const paths = rig.site.requests.slice(since).map(({ path }) => path);
  return [...new Set(paths)].filter((path) => /\.(m?js|wasm)$/.test(path));
}

async function timeIn(context, address, rest = REST_MS) {
  const page = await context.newPage();
  try {
    await page.goto(address);
    const found = await (await page.waitForFunction(() => globalThis.shown ?? globalThis.failed)).jsonValue();
    if (typeof found !== "number") throw new Error(`${address}: ${found}`);
    await new Promise((resolve) => setTimeout(resolve, rest));
    return found;
  } finally {
    await page.close();
  }
}

function addressOf(rig, engine, backend, graph) {
  const file = engine === "unnoise" ? "start-unnoise.html" : "start-peer.html";
  return `${rig.site.origin}/bench/browser/${file}?backend=${backend}&graph=${graph}`;
}
