// The page's "Source": an archive of what git tracks, or the repository that package.json names.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serve } from "../serve.mjs";
import { source, sourced } from "../source.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unnoise-source-"));
after(() => rm(folder, { recursive: true }));
const tracked = await run("git", ["rev-parse", "HEAD"], { cwd: root }).then(
  () => true,
  () => false,
);
const skip = tracked ? false : "these are no tracked files";

test("the footer leads to an archive of the sources, which is served and unpacks", { skip }, async (t) => {
  const server = await serve();
  t.after(() => server.close());
  const html = await (await fetch(`${server.origin}/`)).text();
  const [, address, size] = /<a class="quiet" href="([^"]+)" download>Source \(([\d.]+) MB\)<\/a>/.exec(html);
  const answer = await fetch(new URL(address, `${server.origin}/`));
  assert.equal(answer.headers.get("content-type"), "application/gzip");
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal((bytes.length / 1e6).toFixed(1), Number(size).toFixed(1));
  assert.ok(bytes.length < 2.3e6, `${bytes.length} bytes`);
  await writeFile(join(folder, "served.tar.gz"), bytes);
  await run("tar", ["-xzf", "served.tar.gz"], { cwd: folder });
  for (const path of ["src/lib.rs", "www/page/app.ts"]) {
    assert.ok((await readFile(join(folder, "unnoise", path), "utf8")).length > 100, path);
  }
  assert.ok((await stat(join(folder, "unnoise/build.sh"))).mode & 0o100, "build.sh can be run");
  assert.doesNotMatch(await readFile(join(root, "site/sw.js"), "utf8"), /source\.tar/, "no visitor fetches it unasked");
});

test("an archive is the same at every build", { skip }, async () => {
  const archive = async () => {
    const { address } = await source(root, folder);
    return readFile(join(folder, address), "base64");
  };
  assert.equal(await archive(), await archive());
});

test("a repository takes the archive's place", async () => {
  await writeFile(join(folder, "source.tar.gz"), "older");
  const found = await source(root, folder, { url: "git+https://example.org/a.git" });
  assert.deepEqual(found, { address: "https://example.org/a" });
  assert.ok(!(await readdir(folder)).includes("source.tar.gz"));
  const html = sourced('<a href="<!-- source -->">Source<!-- size --></a>', "en", found);
  assert.equal(html, '<a href="https://example.org/a" rel="noopener" target="_blank">Source</a>');
});

test("without git there is no archive, and no link", async () => {
  await writeFile(join(folder, "source.tar.gz"), "older");
  // The folder is outside of every repository.
  assert.equal(await source(folder, folder), undefined);
  assert.ok(!(await readdir(folder)).includes("source.tar.gz"));
  assert.equal(sourced('a\n  <a href="<!-- source -->">Source<!-- size --></a>\nb', "en", undefined), "a\nb");
});
