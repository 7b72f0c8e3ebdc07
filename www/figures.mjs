// Prints how large the front end is, and fails where it has grown past a limit: `./build.sh check`, after the page is built. A limit
// is what was reached so far, rounded up; the goal stands beside it.
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
// TypeScript 7 has its parser under this name alone; the version is pinned exactly in package.json.
import { API } from "typescript/unstable/sync";
import { firstVisit, kb, weigh } from "./weights.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const www = join(root, "www");

/** Folders of www/ that no visitor loads. */
const APART = new Set(["tests", "bench", "docs"]);
/** So many equal lines, one after the other, are the same thing written twice. */
const SAME = 6;
/** The most lines of a function. */
const LONG = 60;

const folders = (await readdir(www, { withFileTypes: true })).filter(
  (entry) => entry.isDirectory() && !APART.has(entry.name),
);
const all = (await Promise.all(folders.map(({ name }) => handwritten(name)))).flat();
const files = all.filter(({ name }) => name.endsWith(".ts"));
const sizes = files.map(({ lines }) => lines.length).sort((a, b) => a - b);
const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
const long = longFunctions();
const twice = pairs(inFolder("page"), inFolder("element"));
const visit = await firstVisit(root);
const { small } = await weigh(root, visit);

for (const folder of new Set(files.map(({ name }) => dirname(name)))) {
  const own = files.filter(({ name }) => dirname(name) === folder);
  console.log(`${folder}: ${total(own)} lines, ${own.length} files`);
}
for (const where of [...long, ...twice]) console.log(where);

const verdicts = [
  atMost("lines of TypeScript", total(files), 28300, "9500"),
  atMost("files", files.length, 270, "95"),
  atMost(`functions over ${LONG} lines`, long.length, 0, "0"),
  atMost(`pairs of ${SAME} equal lines in page and element`, twice.length, 0, "0"),
  atMost("lines of the median file", median, 200, "60 to 200"),
  atMost(`${visit.name} after brotli`, small, visit.limit, kb(visit.limit), kb),
];
process.exitCode = verdicts.every(Boolean) ? 0 : 1;

/** Says a figure beside its limit and the goal; whether it keeps to the limit. */
function atMost(name, found, limit, goal, shown = String) {
  const isKept = found <= limit;
  console.log(`${name}: ${shown(found)}, limit ${shown(limit)}, goal ${goal}: ${isKept ? "ok" : "TOO MUCH"}`);
  return isKept;
}

/** The files of a folder that are written by hand, by their lines. */
async function handwritten(folder) {
  const names = (await readdir(join(www, folder), { recursive: true })).filter((name) => /\.(ts|css|html)$/.test(name));
  return Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(join(www, folder, name), "utf8");
      return { name: join(folder, name), lines: text.trimEnd().split("\n") };
    }),
  );
}

function inFolder(folder) {
  return all.filter(({ name }) => name.startsWith(`${folder}/`));
}

function total(some) {
  return some.reduce((sum, { lines }) => sum + lines.length, 0);
}

/** Where functions of more than `LONG` lines begin. */
function longFunctions() {
  const api = new API({ cwd: root });
  const openProjects = ["tsconfig.json", "tsconfig.worker.json"].map((name) => join(root, name));
  const found = new Set();
  for (const { program } of api.updateSnapshot({ openProjects }).getProjects()) {
    for (const name of program.getSourceFileNames().filter((name) => name.startsWith(www))) {
      const file = program.getSourceFile(name);
      const lineAt = (position) => file.getLineAndCharacterOfPosition(position).line + 1;
      const visit = (node) => {
        const start = lineAt(node.getStart(file));
        const lines = lineAt(node.end) - start + 1;
        if (node.body && lines > LONG) found.add(`${relative(www, name)}:${start}: a function of ${lines} lines`);
        node.forEachChild(visit);
      };
      visit(file);
    }
  }
  api.close();
  return [...found];
}

/** Where runs of equal lines begin in one folder, and where each is in the other. */
function pairs(some, others) {
  const known = new Map(some.flatMap((file) => windows(file)));
  return others.flatMap((file) => {
    const same = windows(file).map(([window, at]) => ({ at, of: known.get(window) }));
    const first = same.filter(({ of }, i) => of && !same[i - 1]?.of);
    return first.map(({ at, of }) => `${at} and ${of}: ${SAME} equal lines`);
  });
}

/** Every run of `SAME` lines that are not empty, and where it begins. */
function windows({ name, lines }) {
  const numbered = lines.map((line, i) => ({ line: line.trim(), at: `${name}:${i + 1}` })).filter(({ line }) => line);
  const starts = numbered.slice(0, 1 - SAME);
  return starts.map(({ at }, i) => [
    numbered
      .slice(i, i + SAME)
      .map(({ line }) => line)
      .join("\n"),
    at,
  ]);
}
