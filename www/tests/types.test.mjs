// The package's declarations as a stranger's compiler reads them, beside nothing else or beside React's types.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
const LANGUAGE = ["--strict", "--target", "es2022", "--lib", "es2022,dom", "--jsx", "react-jsx"];
const MODULES = ["--module", "esnext", "--moduleResolution", "bundler", "--types", "", "--skipLibCheck", "false"];

let temporary;
before(async () => {
  temporary = await mkdtemp(join(tmpdir(), "unnoise-types-"));
});
after(() => rm(temporary, { recursive: true }));

/** A folder in which the package's declarations are installed. */
async function project(name) {
  const folder = join(temporary, name);
  const unnoise = join(folder, "node_modules/unnoise");
  await mkdir(unnoise, { recursive: true });
  const files = (await readdir(join(root, "pkg"))).filter((file) => /\.d\.ts$|^package\.json$/.test(file));
  for (const file of files) await cp(join(root, "pkg", file), join(unnoise, file));
  return folder;
}

/** Compiles one of the tests' own sources there; what the compiler says is the failure. */
async function compile(folder, source) {
  const copy = join(folder, source);
  await cp(join(root, "www/tests", source), copy);
  const tsc = [
    join(root, "node_modules/typescript/bin/tsc"),
    "--noEmit",
    "--ignoreConfig",
    ...LANGUAGE,
    ...MODULES,
    copy,
  ];
  const compiling = promisify(execFile)(process.execPath, tsc, { cwd: folder });
  await compiling.catch((error) => assert.fail(error.stdout + error.stderr));
}

test("the declarations compile by themselves, and refuse what is wrong", async () => {
  await compile(await project("alone"), "consumer.ts");
});

for (const [react, types] of [
  ["React 18", "types-react-18"],
  ["React 19", "@types/react"],
]) {
  test(`the element has its types in TSX with ${react}'s`, async () => {
    const folder = await project(types.replace("/", "-"));
    await mkdir(join(folder, "node_modules/@types"));
    await symlink(join(root, "node_modules", types), join(folder, "node_modules/@types/react"));
    await compile(folder, "react.tsx");
  });
}

test("the declarations name no other package, but React for React, and nothing internal", async () => {
  const declarations = (await readdir(join(root, "pkg"))).filter((file) => file.endsWith(".d.ts"));
  assert.ok(["index.d.ts", "element.d.ts", "element-react.d.ts"].every((file) => declarations.includes(file)));
  for (const file of declarations) {
    const text = await readFile(join(root, "pkg", file), "utf8");
    const others = [...text.matchAll(/from "([^"]*)"/g)].filter(([, from]) => !/^\.\/[\w-]+\.js$/.test(from));
    const allowed = file === "element-react.d.ts" ? ["react"] : [];
    assert.deepEqual([...new Set(others.map(([, from]) => from))], allowed, file);
    assert.doesNotMatch(text, /WorkerRun|memory\(\)|Client|: any[;)[]/, file);
  }
});
