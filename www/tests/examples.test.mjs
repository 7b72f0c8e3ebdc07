// The examples as a reader finds them: the package copied into a project of its own, built by the command that its
// package.json names, served from a static folder, and run.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serve } from "../serve.mjs";
import { blankPage, launch, Site } from "./helpers.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The bundlers by their commands, and the oldest Vite that the package is tried with, which would have the same command. */
const BUNDLERS = { vite: "node_modules/vite/bin/vite.js", webpack: "node_modules/webpack-cli/bin/cli.js" };
const OLD_VITE = "node_modules/vite-5/bin/vite.js";

let browser;
let temporary;
before(async () => {
  browser = await launch({ whole: true });
  temporary = await mkdtemp(join(tmpdir(), "unnoise-examples-"));
});
after(() => browser.close());
after(() => rm(temporary, { recursive: true }));

let packing;

/** The package with just the files that npm would publish, and the bundled model. */
async function install(folder) {
  packing ??= npm(join(root, "pkg"), "pack", "--dry-run", "--json");
  const [{ files: packed }] = JSON.parse(await packing);
  for (const { path } of packed) await cp(join(root, "pkg", path), join(folder, path));
  await cp(join(root, "models/fashion-mnist"), join(folder, "models/fashion-mnist"), { recursive: true });
}

/** A copy of an example with its dependencies in place: the bundlers are those of the tests, the package is a real copy. */
async function project(name) {
  const folder = join(temporary, name);
  await cp(join(root, "examples", name), folder, {
    recursive: true,
    filter: (from) => !/node_modules|dist|public.models/.test(from),
  });
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  for (const [bin, script] of Object.entries(BUNDLERS)) {
    await symlink(join(root, script), join(folder, "node_modules/.bin", bin));
  }
  await install(join(folder, "node_modules/unnoise"));
  return folder;
}

async function npm(cwd, ...command) {
  const { stdout } = await promisify(execFile)("npm", ["--silent", ...command], { cwd }).catch((error) =>
    assert.fail(`${error.stdout}${error.stderr}`),
  );
  return stdout;
}

/** Opens an example and waits for its last step; gives the pixels of its last canvas, row by row, one channel. */
async function lastPicture(address) {
  const page = await (await browser.newContext()).newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(address);
  const said = page.locator("#said");
  await page.waitForFunction(() => /step (\d+) of \1$/i.test(document.getElementById("said")?.textContent), undefined, {
    timeout: 200_000,
  });
  assert.match(await said.textContent(), /step (24|20|50) of/i);
  const pixels = await page.evaluate(() => {
    const canvas = [...document.querySelectorAll("canvas")].at(-1);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
  });
  assert.deepEqual(complaints, []);
  await page.context().close();
  return pixels;
}

/** The last picture of a run of the package as the tests serve it. */
async function expected(options) {
  const site = await Site.start();
  try {
    const page = await blankPage(browser, site);
    return await page.evaluate(async (o) => {
      const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
      const model = await diffuser.load("/models/fashion-mnist/");
      let image;
      for await (const step of model.sample(o)) image = step.rgba("xt", (o.batch ?? 1) - 1);
      return [...image.data].filter((_, i) => i % 4 === 0);
    }, options);
  } finally {
    await site.close();
  }
}

const BOOT = { sampler: "ddim", steps: 24, seed: 7, labels: [9] };

test("Vite builds the package without a line of configuration", async () => {
  const folder = await project("vite");
  await npm(folder, "run", "build");
  const server = await serve({ folders: [["/", join(folder, "dist")]] });
  try {
    assert.deepEqual(await lastPicture(`${server.origin}/`), await expected(BOOT));
  } finally {
    await server.close();
  }
});

test("Vite 5 builds the example too", async () => {
  const build = promisify(execFile)(process.execPath, [join(root, OLD_VITE), "build"], {
    cwd: join(temporary, "vite"),
  });
  await build.catch((error) => assert.fail(`${error.stdout}${error.stderr}`));
});

for (const [name, script] of [
  ["Vite's", BUNDLERS.vite],
  // Up to version 7 it moves the entries of packages to a folder of its own.
  ["Vite 5's", OLD_VITE],
]) {
  test(`${name} development server finds the package's files`, async () => {
    const vite = spawn(process.execPath, [join(root, script), "--port", "0", "--host", "127.0.0.1"], {
      cwd: join(temporary, "vite"),
      env: { ...process.env, NO_COLOR: "1" },
    });
    const ended = new Promise((resolve) => vite.once("exit", resolve));
    try {
      let address;
      for await (const line of createInterface({ input: vite.stdout })) {
        address = /http:\S+/.exec(line)?.[0];
        if (address) break;
      }
      assert.deepEqual(await lastPicture(address), await expected(BOOT));
    } finally {
      vite.kill();
      await ended;
    }
  });
}

test("webpack builds the package without a line of configuration", async () => {
  const folder = await project("webpack");
  await npm(folder, "run", "build");
  const server = await serve({ folders: [["/", join(folder, "dist")]] });
  try {
    const clothes = { sampler: "analytic-ddpm", steps: 20, seed: 7, batch: 10, labels: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] };
    assert.deepEqual(await lastPicture(`${server.origin}/`), await expected(clothes));
  } finally {
    await server.close();
  }
});

test("a static folder needs no bundler", async () => {
  const folder = join(temporary, "plain");
  await cp(join(root, "examples/plain"), folder, { recursive: true });
  await install(join(folder, "unnoise"));
  const server = await serve({ folders: [["/", folder]] });
  try {
    const shirt = { sampler: "ddim", steps: 50, seed: 6, labels: [6] };
    assert.deepEqual(await lastPicture(`${server.origin}/`), await expected(shirt));
  } finally {
    await server.close();
  }
});
