// What others have written of what is published, and that its bytes are those of the sources: licences, bills of materials, paths, hashes.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { metafile } from "../bundled.mjs";
import { billOfScripts, fullName, licenceOf, licencesOfScripts, PARTS } from "../contents.mjs";
import { hashes, scriptTag } from "../integrity.mjs";
import { setUp } from "./helpers.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file) => readFile(join(root, file), "utf8");
const json = async (file) => JSON.parse(await read(file));

/** The licences that a package from npm may have; deny.toml has those of crates. */
const ALLOWED = new Set(["MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0"]);

for (const folder of ["pkg", "site"]) {
  test(`the bill of ${folder}/ names each package that is bundled, its licence and the licence's text`, async () => {
    const bill = await billOfScripts(root, folder);
    const bundled = bill.components.map(fullName);
    const { dependencies } = await json("package.json");
    const { packages } = await json("package-lock.json");
    const allowed = new Set(Object.keys(dependencies));
    for (const name of allowed) {
      for (const other of Object.keys(packages[`node_modules/${name}`].dependencies ?? {})) allowed.add(other);
    }
    assert.deepEqual(
      bundled.filter((name) => !allowed.has(name)),
      [],
      "bundled, and no dependency in package.json",
    );
    if (folder === "site") {
      assert.deepEqual(
        Object.keys(dependencies).filter((name) => !bundled.includes(name)),
        [],
        "not bundled",
      );
    }
    for (const component of bill.components) {
      const { version } = await json(`node_modules/${fullName(component)}/package.json`);
      assert.equal(component.version, version);
      assert.ok(ALLOWED.has(licenceOf(component)), `${fullName(component)}: ${licenceOf(component)}`);
    }
    const text = licencesOfScripts(bill);
    assert.match(text, /^comlink \d.*Apache-2\.0\nhttps:.*\n\n[\s\S]*TERMS AND CONDITIONS FOR USE/m);
    assert.throws(() => licencesOfScripts({ components: [{ name: "x", version: "1" }] }), /x has no file with its lic/);
    assert.deepEqual(await billOfScripts(root, folder), bill, "a second bill is the same");
  });
}

test("crates and the file of licences allow the same licences", async () => {
  const lists = async (file, name) =>
    JSON.parse(new RegExp(`^${name} = (\\[[^\\]]*\\])`, "m").exec(await read(file))[1]).sort();
  assert.deepEqual(await lists("about.toml", "accepted"), await lists("deny.toml", "allow"));
});

test("nothing that is published names a path of this machine", async () => {
  const folders = [root.replace(/\/$/, ""), join(homedir(), ".cargo"), join(homedir(), ".cache")];
  const paths = [...folders, process.env.CARGO_HOME, process.env.CARGO_TARGET_DIR].filter(Boolean);
  let count = 0;
  const look = async (file) => {
    const bytes = await readFile(file);
    for (const path of paths) assert.ok(!bytes.includes(path), `${file} names ${path}`);
    count += 1;
  };
  for (const folder of ["pkg", "site"]) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((entry) => entry.isFile())) await look(join(entry.parentPath, entry.name));
  }
  // The names of what esbuild has read decide on the names of chunks.
  for (const part of PARTS.site) await look(metafile(root, part));
  assert.ok(count > 100, `${count} files`);
});

test("with the script tag that `package` prints the element runs, and a changed byte stops it", async (t) => {
  const { browser, site } = await setUp();
  t.after(() => browser.close());
  const address = `${site.origin.replace("127.0.0.1", "localhost")}/pkg/`;
  const tag = scriptTag(await hashes(join(root, "pkg")), address);
  const sampler = '<diffusion-sampler model="/tiny/" steps="2" seed="7" backend="cpu"></diffusion-sampler>';
  const body = `<!doctype html><meta charset="utf-8"><title>checked</title><body>${tag}${sampler}</body>`;
  site.put("/checked.html", { type: "text/html; charset=utf-8", body });

  /** Opens the page, and says whether the element is there, whether it draws, and whether a script that is fetched later comes. */
  const opened = async () => {
    const page = await (await browser.newContext({ serviceWorkers: "block" })).newPage();
    await page.goto(`${site.origin}/checked.html`, { waitUntil: "load" });
    return page.evaluate(async (address) => {
      const later = await import(`${address}check.js`).then(
        () => true,
        () => false,
      );
      const element = document.querySelector("diffusion-sampler");
      if (!customElements.get("diffusion-sampler")) return { defined: false, later };
      const picture = await element.generate().then(
        () => true,
        ({ message }) => message,
      );
      return { defined: true, later, picture };
    }, address);
  };
  assert.deepEqual(await opened(), { defined: true, later: true, picture: true });
  for (const file of ["element.js", "index.js"]) {
    site.patch(`/pkg/${file}`, { after: "// changed" });
    assert.equal((await opened()).defined, false, file);
    site.drop(`/pkg/${file}`);
  }
  site.patch("/pkg/check.js", { after: "// changed" });
  assert.deepEqual(await opened(), { defined: true, later: false, picture: true });
});
