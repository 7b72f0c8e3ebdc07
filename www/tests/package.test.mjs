// The package as a stranger finds it: its declarations, its files, its weight; and the server that shows it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { request } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { serve } from "../serve.mjs";

const root = new URL("../../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));

test("the declarations compile by themselves, and refuse what is wrong", async () => {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--module", "esnext"];
  const more = ["--moduleResolution", "bundler", "--skipLibCheck", "false", "--types", ""];
  const tsc = [
    path("node_modules/typescript/bin/tsc"),
    ...options,
    ...more,
    path("www/tests/consumer.ts"),
    "--ignoreConfig",
  ];
  await promisify(execFile)(process.execPath, tsc).catch((error) => assert.fail(error.stdout + error.stderr));
});

test("the declarations name no other package and nothing internal", async () => {
  const declarations = (await readdir(path("pkg"))).filter((file) => file.endsWith(".d.ts"));
  assert.ok(declarations.includes("index.d.ts"));
  assert.ok(declarations.includes("element.d.ts"));
  for (const file of declarations) {
    const text = await readFile(path(`pkg/${file}`), "utf8");
    for (const [, from] of text.matchAll(/from "([^"]*)"/g)) assert.match(from, /^\.\/[\w-]+\.js$/, file);
    assert.doesNotMatch(text, /WorkerRun|memory\(\)|Client|: any[;)[]/, file);
  }
});

test("the library's own script and worker weigh less than 16 KB after brotli", async () => {
  let bytes = 0;
  for (const file of ["index.js", "worker.js"]) bytes += brotliCompressSync(await readFile(path(`pkg/${file}`))).length;
  assert.ok(bytes < 16_000, `${bytes} bytes`);
});

test("the element weighs less than 12 KB after brotli, and takes the library from its own file", async () => {
  const script = await readFile(path("pkg/element.js"), "utf8");
  const bytes = brotliCompressSync(script).length;
  assert.ok(bytes < 12_000, `${bytes} bytes`);
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
