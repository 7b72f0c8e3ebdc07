// `./build.sh soak [SHARE]`: what visitors do in months, one thing after the other in one tab, and what is left behind: memory, workers,
// listeners, nodes. SHARE of the counts, from 0 to 1, default 1. Exits with 1 where something grew. Puppeteer controls Chromium here:
// under Playwright the memory of a page grows by about 1 kB with every step of a run.
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import { firefoxPage as openPage } from "../tests/firefox.mjs";
import { Site } from "../tests/helpers.mjs";
import { CASES } from "./soak-cases.mjs";
import { printTable } from "./table.mjs";

/** The share of a case after which memory is first looked at, and so many times at least. */
const FIRST = { share: 0.01, atLeast: 20 };
/** What memory may grow by from the first look to the end: a share; and of what is a few MB, what measuring differs by, in MB. */
const GROWTH = { share: 0.02, small: 0.3 };
const MB = 1e6;

/**
 * What V8 takes for speed stays as it is: the room for new objects, and machine code of what runs often. Both grow for thousands of steps
 * and hundreds of visits (docs/reliability.md has the figures), and would hide what a page leaves behind.
 */
const STEADY = "--min-semi-space-size=1 --max-semi-space-size=1 --no-sparkplug --no-maglev --no-opt";

const share = shareOf(process.argv[2] ?? "1");
const site = await Site.start();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROME || "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-background-networking",
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    `--js-flags=--expose-gc ${STEADY}`,
  ],
  // Otherwise the browser keeps every answer of a server for its developer tools.
  networkEnabled: false,
  protocolTimeout: 0,
});
try {
  const rows = [];
  for (const one of CASES) rows.push(await soaked(one));
  printTable(`Soak, ${await browser.version()}: after the first hundredth, at the half, at the end`, rows);
  const grown = rows.filter((row) => row.grew !== "");
  for (const row of grown) console.error(`soak: ${row.case}: ${row.grew} grew`);
  process.exitCode = grown.length > 0 ? 1 : 0;
} finally {
  await browser.close();
  await site.close();
}

/** A row: a case done so many times, in a profile of its own. */
async function soaked({ name, times, warm = 0, init, begin, some }) {
  const count = Math.max(2 * FIRST.atLeast, Math.round(times * share));
  const first = Math.max(FIRST.atLeast, Math.round(count * FIRST.share));
  site.patch("/pkg/worker.js", { before: await readFile(new URL("browser/probe.js", import.meta.url), "utf8") });
  const page = await openPage(browser, `${site.origin}/blank.html`, { init });
  await page.waitForFunction(() => globalThis.ready === true);
  const begun = performance.now();
  await begin(page, site);
  if (warm > 0) await some(page, warm);
  const looks = [];
  for (const [from, to] of [
    [0, first],
    [first, Math.round(count / 2)],
    [Math.round(count / 2), count],
  ]) {
    await some(page, to - from);
    looks.push(await lookedAt(page));
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  await page.browserContext().close();
  const all = Object.keys(looks[0]).map((key) => [key, looks.map((look) => text(look[key])).join(", ")]);
  const row = { case: name, times: count, ...Object.fromEntries(all), seconds, grew: grownOf(looks).join(", ") };
  console.log(JSON.stringify(row));
  return row;
}

/** What the page holds, after its rubbish was collected, and the browser has given back what it had kept for later. */
async function lookedAt(page) {
  const session = await page.createCDPSession();
  for (let i = 0; i < 3; i++) {
    await session.send("HeapProfiler.collectGarbage");
    for (const worker of page.workers()) await worker.evaluate(() => globalThis.gc?.()).catch(() => {});
    await session.send("Memory.simulatePressureNotification", { level: "critical" });
    await setTimeout(300);
  }
  const { jsHeapSizeUsed } = await heapOf(session);
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  const probes = await Promise.all(page.workers().map((worker) => worker.evaluate(() => globalThis.probe.read())));
  const sum = (key) => probes.reduce((total, probe) => total + probe[key], 0);
  await session.detach();
  return {
    "browser, MB": (await takenOf()) / MB,
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

/**
 * Memory of all processes of the browser but the one for language models, which Chromium starts at any time by itself. Pages of its
 * program's file are left out: how they are counted depends on which other browsers run on the machine.
 */
async function takenOf() {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let sum = 0;
  for (const { id } of processInfo.filter(({ type }) => !type.startsWith("on_device_model"))) {
    const rollup = await readFile(`/proc/${id}/smaps_rollup`, "utf8").catch(() => "");
    for (const [, kilobytes] of rollup.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+)/gm)) sum += 1024 * Number(kilobytes);
  }
  return sum;
}

/** What is more at the end than it may be. */
function grownOf([early, half, late]) {
  const grows = (key) => {
    // What is counted grows once more where a view is first whole on its second visit.
    if (!key.endsWith("MB")) return late[key] > half[key];
    const more = key === "browser, MB" ? 0 : GROWTH.small;
    return late[key] > (1 + GROWTH.share) * early[key] + more;
  };
  return Object.keys(early).filter(grows);
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
