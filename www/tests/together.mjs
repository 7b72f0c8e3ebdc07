// Test files one after the other in this process, with the browsers that `setUp` keeps: each file is a suite, with its hooks inside of it.
// `all.mjs` starts it. A file is claimed by a folder, so that several of these processes divide the files among them; once it has run,
// it has another one.
import { mkdirSync } from "node:fs";
import { createRequire, register } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

/** One file may take so long, in milliseconds. */
const LIMIT_MS = 1_200_000;

const { claims, files } = JSON.parse(process.env.UNNOISE_TOGETHER);
const node = createRequire(import.meta.url)("node:test");

/** What the file that is being imported has asked of node:test; undefined while tests run. */
let asked;
const later =
  (ask) =>
  (...given) =>
    asked ? asked.push(() => ask(...given)) : ask(...given);

// Files import these in the place of node:test's.
export const [after, afterEach, before, beforeEach, describe, test] = [
  node.after,
  node.afterEach,
  node.before,
  node.beforeEach,
  node.describe,
  node.test,
].map(later);
const hook = `export const resolve = (name, context, next) => next(name === "node:test" ? "${import.meta.url}" : name, context)`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

/** Whether no other process has this file. */
function claim(file) {
  try {
    mkdirSync(join(claims, basename(file)));
    return true;
  } catch {
    return false;
  }
}

/** Runs a file. What it throws while it is imported is a failure of its suite. */
async function runFile(file) {
  const calls = [];
  asked = calls;
  await import(pathToFileURL(file)).catch((error) => {
    calls.push(() => test("is imported", () => Promise.reject(error)));
  });
  asked = undefined;
  await new Promise((resolve) => {
    describe(basename(file), { timeout: LIMIT_MS }, () => {
      for (const call of calls) call();
      after(resolve);
    });
  });
}

async function runAll() {
  const { closeBrowsers } = await import("./helpers.mjs");
  for (const file of files) {
    if (!claim(file)) continue;
    await runFile(file);
    mkdirSync(join(claims, `${basename(file)}.done`));
  }
  await closeBrowsers();
}

runAll();
