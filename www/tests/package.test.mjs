// The package as a stranger finds it: its form, its texts, its weight; and the server that shows it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BUNDLED } from "../models.mjs";
import { serve } from "../serve.mjs";
import { parts, weigh } from "../weights.mjs";

const root = new URL("../../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));

let temporary;
before(async () => {
  temporary = await mkdtemp(join(tmpdir(), "unnoise-package-"));
});
after(() => rm(temporary, { recursive: true }));

/** Runs a program of node_modules/.bin; what it says is the failure. */
async function program(name, ...more) {
  const { stdout } = await promisify(execFile)(path(`node_modules/.bin/${name}`), more).catch((error) =>
    assert.fail(error.stdout + error.stderr),
  );
  return stdout;
}

test("publint and attw find nothing wrong with the packed package", async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--silent", "--pack-destination", temporary], {
    cwd: path("pkg"),
  });
  const tarball = join(temporary, stdout.trim());
  await Promise.all([
    program("publint", "run", tarball, "--strict"),
    // The package has no CommonJS form, and old resolution, which knows no exports, finds its main entries alone.
    program("attw", tarball, "--profile", "esm-only"),
  ]);
});

test("every relative link of the packed texts leads to a file of the package", async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"], { cwd: path("pkg") });
  const [{ files }] = JSON.parse(stdout);
  const folders = BUNDLED.map(({ folder }) => `models/${folder}`);
  const models = await Promise.all(
    folders.map(async (folder) => (await readdir(path(folder))).map((file) => `${folder}/${file}`)),
  );
  const packed = new Set([...files.map((file) => file.path), ...models.flat()]);
  const texts = [...packed].filter((file) => file.endsWith(".md"));
  assert.ok(["README.md", "CHANGELOG.md", "docs/bundlers.md"].every((file) => texts.includes(file)));
  for (const file of texts) {
    const text = await readFile(path(file.startsWith("models/") ? file : `pkg/${file}`), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target);
    for (const target of targets.filter((target) => !/^https?:/.test(target))) {
      assert.ok(packed.has(join(dirname(file), target)), `${file} links to ${target}`);
    }
  }
});

test("what a visitor downloads is within the limit of each part after brotli", async () => {
  // To compress the burn module takes half a minute: `./build.sh package` looks at it.
  for (const part of (await parts(path(""))).filter(({ name }) => name !== "burn module")) {
    const { small } = await weigh(path(""), part);
    assert.ok(small > 1000 && small <= part.limit, `${part.name}: ${small} bytes`);
  }
});

test("the element takes the library from its own file", async () => {
  const script = await readFile(path("pkg/element.js"), "utf8");
  assert.match(script, /from"\.\/index\.js"/);
  assert.doesNotMatch(script, /unnoise_(relaxed_)?bg\.wasm|new Worker/);
  assert.match(await readFile(path("pkg/embed.js"), "utf8"), /from"\.\/element\.js"/);
});

/** One raw request: no client that tidies the path. */
function ask(origin, path, { method = "GET", headers = {} } = {}) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk.toString("latin1");
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
    sent.once("error", reject).end();
  });
}

test("the server tells types, answers 304, and does not leave its folders", async () => {
  const seen = [];
  const server = await serve({ onRequest: (request) => seen.push(request) });
  try {
    const script = await ask(server.origin, "/pkg/index.js");
    assert.deepEqual([script.status, script.headers["content-type"]], [200, "text/javascript; charset=utf-8"]);
    assert.equal(script.headers["cache-control"], "no-cache");
    assert.equal(Number(script.headers["content-length"]), script.body.length);
    const again = await ask(server.origin, "/pkg/index.js", { headers: { "If-None-Match": script.headers.etag } });
    assert.deepEqual([again.status, again.body], [304, ""]);
    const head = await ask(server.origin, "/pkg/cpu/unnoise_bg.wasm", { method: "HEAD" });
    assert.deepEqual([head.status, head.headers["content-type"], head.body], [200, "application/wasm", ""]);
    assert.ok(Number(head.headers["content-length"]) > 0);

    const outside = [
      "/../package.json",
      "/pkg/../package.json",
      "/%2e%2e/package.json",
      "/pkg/..%2fpackage.json",
      "/pkg",
    ];
    for (const path of [...outside, "/nothing.js", "/pkg/"])
      assert.equal((await ask(server.origin, path)).status, 404, path);
    assert.equal((await ask(server.origin, "/%zz")).status, 400);
    assert.equal((await ask(server.origin, "/", { method: "POST" })).status, 405);
    assert.deepEqual(
      seen.slice(0, 2).map(({ path, status }) => [path, status]),
      [
        ["/pkg/index.js", 200],
        ["/pkg/index.js", 304],
      ],
    );
    assert.equal(seen[1].bytes, 0);
  } finally {
    await server.close();
  }
});
