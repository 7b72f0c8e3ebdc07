// Says what others have written of pkg/ and site/: THIRD-PARTY-LICENSES.txt, and bills of materials in CycloneDX's form (sbom/). The
// scripts' come from what esbuild has bundled, the modules' from Cargo. The same sources give the same bytes.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { metafile } from "./bundled.mjs";

const run = promisify(execFile);

const LICENSES = "THIRD-PARTY-LICENSES.txt";
/** What stands for all that is ours where esbuild names a source: a file of the package. */
const OURS = "package.json";

const MODULES = ["cpu", "webgpu", "burn"];

/** The parts of www/build.mjs whose scripts are in a folder. */
export const PARTS = { pkg: ["lib"], site: ["lib", "page", "keeper"] };

const HEADER = `What others have written of the files beside this one, and the licences that it comes under.
unnoise itself is under MIT or Apache-2.0 (LICENSE-MIT, LICENSE-APACHE).`;

/** Writes the licences and the bills of materials of pkg/ and site/. Needs cargo-about and cargo-cyclonedx. */
export async function contents(root) {
  const bills = await Promise.all(MODULES.map(async (module) => [module, await billOfModule(root, module)]));
  const modules = await licencesOfModules(root);
  for (const folder of Object.keys(PARTS)) await write(root, folder, bills, modules);
}

async function write(root, folder, bills, modules) {
  const sbom = join(root, folder, "sbom");
  await rm(sbom, { recursive: true, force: true });
  await mkdir(sbom, { recursive: true });
  const scripts = await billOfScripts(root, folder);
  await writeFile(join(sbom, "scripts.cdx.json"), `${JSON.stringify(scripts, null, 2)}\n`);
  for (const [module, bill] of bills) await writeFile(join(sbom, `${module}.cdx.json`), bill);
  await writeFile(join(root, folder, LICENSES), [HEADER, licencesOfScripts(scripts), modules].join("\n\n\n"));
}

/** The bill of materials of a folder's scripts, with the licences' texts. Its subject is the package, which the page's folder has too. */
export async function billOfScripts(root, folder) {
  const temporary = await mkdtemp(join(tmpdir(), "unnoise-bill-"));
  try {
    const file = join(temporary, "metafile.json");
    await writeFile(file, JSON.stringify(await bundledIn(root, folder)));
    const args = [
      "--bwd",
      join(root, "pkg"),
      "--gather-license-texts",
      "--output-reproducible",
      "--mc-type",
      "library",
    ];
    const program = join(root, "node_modules/.bin/cyclonedx-esbuild");
    return JSON.parse((await run(program, [...args, file], { maxBuffer: 2 ** 26 })).stdout);
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** One metafile of all that is bundled in a folder. What is ours, and what a build adds itself, counts as the package. */
async function bundledIn(root, folder) {
  const place = (path) => (path.startsWith("node_modules/") ? `../${path}` : OURS);
  const [inputs, sizes] = [{}, {}];
  for (const part of PARTS[folder]) {
    const found = JSON.parse(await readFile(metafile(root, part), "utf8"));
    for (const [path, { imports }] of Object.entries(found.inputs)) {
      const others = imports.map(({ path }) => ({ path: place(path) })).filter(({ path }) => path !== OURS);
      inputs[place(path)] = { imports: [...(inputs[place(path)]?.imports ?? []), ...others] };
    }
    for (const output of Object.values(found.outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
        sizes[place(path)] = { bytesInOutput: (sizes[place(path)]?.bytesInOutput ?? 0) + bytesInOutput };
      }
    }
  }
  return { inputs, outputs: { "index.js": { inputs: sizes } } };
}

/** The name of an npm package, with its scope. */
export function fullName({ group, name }) {
  return group ? `${group}/${name}` : name;
}

/** Each package with its licence, its source and the licence's text. */
export function licencesOfScripts({ components = [] }) {
  return components
    .map((component) => {
      const name = fullName(component);
      const texts = (component.evidence?.licenses ?? []).map(({ license }) =>
        Buffer.from(license.text.content, "base64").toString("utf8").trim(),
      );
      if (texts.length === 0) throw new Error(`${name} has no file with its licence`);
      const source = `https://www.npmjs.com/package/${name}/v/${component.version}`;
      return [`${name} ${component.version} (in the scripts): ${licenceOf(component)}`, source, "", ...texts].join(
        "\n",
      );
    })
    .join("\n\n\n");
}

/** A package's licence as it declares it. */
export function licenceOf({ licenses = [] }) {
  return licenses.map(({ license, expression }) => expression ?? license.id ?? license.name).join(" AND ");
}

/** The crates of all modules, by the texts of their licences. */
async function licencesOfModules(root) {
  // Cargo lists crates of other platforms too, which no build has fetched; from then on nothing is asked of any server.
  await run("cargo", ["fetch", "--locked"], { cwd: root });
  const args = ["about", "generate", "--locked", "--offline", "--features", MODULES.join(","), "about.hbs"];
  return (await run("cargo", args, { cwd: root, maxBuffer: 2 ** 26 })).stdout.trimEnd().concat("\n");
}

/** The bill of materials of a module, without the time and the place where it was made. */
async function billOfModule(root, module) {
  const name = `unnoise-${module}`;
  const args = ["cyclonedx", "--format", "json", "--spec-version", "1.5", "--override-filename", name];
  const target = ["--target", "wasm32-unknown-unknown", "--no-default-features", "--features", module];
  await run("cargo", [...args, ...target], { cwd: root });
  const path = join(root, `${name}.json`);
  const text = await readFile(path, "utf8");
  await rm(path);
  const bill = JSON.parse(text.replaceAll(root, "").replaceAll("path+file://", "path+file:///unnoise"));
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  return `${JSON.stringify(bill, null, 2)}\n`;
}
