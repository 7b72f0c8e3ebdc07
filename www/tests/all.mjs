// All tests, or those named, two processes at a time. Files that take their browser of `setUp` share a process and a browser with others: to
// start both takes longer than many a test. Any other file has a process of its own.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { run } from "node:test";
import { spec, tap } from "node:test/reporters";
import { fileURLToPath } from "node:url";

/** A process may take so long, in milliseconds. */
const LIMIT_MS = 7_200_000;

const here = fileURLToPath(new URL(".", import.meta.url));
const named = process.argv.slice(2);
const all = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs") && (named.length === 0 || named.includes(basename(name, ".test.mjs"))))
  .map((name) => join(here, name));
const shares = (file) => /^const .* = await setUp\(/m.test(readFileSync(file, "utf8"));

const claims = mkdtempSync(join(tmpdir(), "unnoise-tests-"));
const shared = all.filter(shares);
process.env.UNNOISE_TOGETHER = JSON.stringify({ claims, files: shared });

/** Says which files a process that ended too soon has left. */
function sayLeft() {
  const known = readdirSync(claims);
  for (const name of shared.map((file) => basename(file)).filter((name) => !known.includes(`${name}.done`))) {
    console.log(`# ${name} ${known.includes(name) ? "has ended its process" : "was not run"}`);
    process.exitCode = 1;
  }
  rmSync(claims, { recursive: true });
}

const together = new Array(Math.min(2, shared.length)).fill(join(here, "together.mjs"));
run({ files: [...together, ...all.filter((file) => !shares(file))], concurrency: 2, timeout: LIMIT_MS })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(process.stdout.isTTY ? new spec() : tap)
  .on("end", sayLeft)
  .pipe(process.stdout);
