// `./build.sh soak [SHARE]`: what visitors do in months, one thing after the other in one tab, and what is left behind: memory, workers,
// listeners, nodes. SHARE of the counts, from 0 to 1, default 1. Exits with 1 where something grew.
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { blankPage, launch, Site } from "../tests/helpers.mjs";
import { CASES } from "./soak-cases.mjs";
import { printTable } from "./table.mjs";

/** The share of a case after which memory is first looked at, and so many times at least: by then code is compiled. */
const FIRST = { share: 0.01, atLeast: 10 };
/** What memory may grow by from then on: a share, and what measuring itself differs by, in MB. */
const GROWTH = { share: 0.02, measuring: 3 };
const MB = 1e6;

const share = shareOf(process.argv[2] ?? "1");
const [site, browser] = [await Site.start(), await launch()];
try {
  const rows = [];
  for (const one of CASES) rows.push(await soaked(one));
  printTable(`Soak, Chromium ${browser.version()}: first after the first hundredth, then at the end`, rows);
  const grown = rows.filter((row) => row.grew !== "");
  for (const row of grown) console.error(`soak: ${row.case}: ${row.grew} grew`);
  process.exitCode = grown.length > 0 ? 1 : 0;
} finally {
  await browser.close();
  await site.close();
}

/** A row: a case done so many times, in a profile of its own. */
async function soaked({ name, times, init, begin, some }) {
  const count = Math.max(2 * FIRST.atLeast, Math.round(times * share));
  const first = Math.max(FIRST.atLeast, Math.round(count * FIRST.share));
  site.patch("/pkg/worker.js", { before: await readFile(new URL("browser/probe.js", import.meta.url), "utf8") });
  const page = await blankPage(browser, site, { init });
  const begun = performance.now();
  await begin(page, site);
  await some(page, first);
  const early = await lookedAt(page);
  await some(page, count - first);
  const late = await lookedAt(page);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  await page.context().close();
  const both = Object.keys(early).map((key) => [key, `${text(early[key])}, ${text(late[key])}`]);
  const row = { case: name, times: count, ...Object.fromEntries(both), seconds, grew: grownOf(early, late).join(", ") };
  console.log(JSON.stringify(row));
  return row;
}

/** What the page holds, after its rubbish was collected. */
async function lookedAt(page) {
  const session = await page.context().newCDPSession(page);
  for (let i = 0; i < 3; i++) {
    await session.send("HeapProfiler.collectGarbage");
    for (const worker of page.workers()) await worker.evaluate(() => globalThis.gc?.()).catch(() => {});
    await setTimeout(300);
  }
  const { jsHeapSizeUsed } = await heapOf(session);
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  const probes = await Promise.all(page.workers().map((worker) => worker.evaluate(() => globalThis.probe.read())));
  const sum = (key) => probes.reduce((total, probe) => total + probe[key], 0);
  await session.detach();
  return {
    "browser, MB": (await pssOf()) / MB,
    "heap, MB": jsHeapSizeUsed / MB,
    "wasm, MB": sum("wasmBytes") / MB,
    "GPU, MB": sum("gpuBytes") / MB,
    workers: page.workers().length,
    listeners: jsEventListeners,
    nodes,
  };
}

async function heapOf(session) {
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return { jsHeapSizeUsed: usedSize };
}

/** Memory of all processes of the browser, each shared page counted in parts. */
async function pssOf() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let sum = 0;
  for (const { id } of processInfo) {
    const rollup = await readFile(`/proc/${id}/smaps_rollup`, "utf8").catch(() => "");
    sum += 1024 * Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return sum;
}

/** What is more at the end than measuring explains. */
function grownOf(early, late) {
  const allowed = (key) => (key.endsWith("MB") ? early[key] * (1 + GROWTH.share) + GROWTH.measuring : early[key]);
  return Object.keys(early).filter((key) => late[key] > allowed(key));
}

function text(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function shareOf(said) {
  const value = Number(said);
  if (value > 0 && value <= 1) return value;
  console.error(`soak: SHARE is ${said}; it must be a number above 0, at most 1`);
  process.exit(2);
}
