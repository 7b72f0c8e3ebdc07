// The style sheets of page, element, article and examples: no block of declarations stands twice, and each custom property is
// declared in one place and used.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** So many equal declarations in two rules are one rule written twice. */
const BLOCK = 3;

/** The texts of the files below www/ and examples/ with one of these extensions. */
async function texts(...extensions) {
  const found = [];
  for (const folder of ["www", "examples"]) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      const wanted =
        extensions.some((extension) => name.endsWith(extension)) && !/node_modules|dist\b|tests\b/.test(name);
      if (wanted) found.push([join(folder, name), await readFile(join(root, folder, name), "utf8")]);
    }
  }
  return found;
}

/** The rules of a sheet, each with its declarations and the conditions (`@media`) that it stands in. */
function rulesOf([sheet, css]) {
  const rules = [];
  const open = [];
  const bare = css.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/@import[^;]*;/g, "");
  for (const [, text, mark] of bare.matchAll(/([^{}]*)([{}])/g)) {
    if (mark === "{") open.push(text.trim().replaceAll(/\s+/g, " "));
    else {
      const declarations = text.split(";").map((one) => one.trim().replaceAll(/\s+/g, " "));
      const [selectors, ...around] = [...open].reverse();
      const rule = { declarations: declarations.filter(Boolean), conditional: around.length > 0, selectors };
      rules.push({ ...rule, place: `${sheet}: ${[...open].join(" ")}` });
      open.pop();
    }
  }
  return rules.filter(({ declarations }) => declarations.length > 0);
}

const rules = (await texts(".css")).flatMap(rulesOf);
const sources = (await texts(".css", ".ts", ".js", ".html")).map(([, text]) => text).join("\n");

/** The custom properties that declarations set, by name: where. */
function declared(among) {
  const places = new Map();
  for (const { declarations, place } of among) {
    for (const [, name] of declarations.map((one) => /^(--[\w-]+):/.exec(one) ?? [])) {
      if (name) places.set(name, [...(places.get(name) ?? []), place]);
    }
  }
  return places;
}

/** Two engines have their own names for a part, and a list of both is valid in neither. */
const vendors = (a, b) => a.selectors.includes("::-moz-") !== b.selectors.includes("::-moz-");

test("no block of declarations stands twice", () => {
  const twice = [];
  for (const [i, a] of rules.entries()) {
    for (const b of rules.slice(0, i)) {
      const common = a.declarations.filter((one) => b.declarations.includes(one));
      if (common.length >= BLOCK && !vendors(a, b)) twice.push(`${common.join("; ")}\n  ${b.place}\n  ${a.place}`);
    }
  }
  assert.equal(twice.length, 0, twice.join("\n"));
});

test("a custom property is declared in one place, and under conditions only where it is declared without", () => {
  const plain = declared(rules.filter(({ conditional }) => !conditional));
  const several = [...plain].filter(([, places]) => places.length > 1);
  assert.deepEqual(several, []);
  const conditional = declared(rules.filter(({ conditional }) => conditional));
  assert.deepEqual(
    [...conditional.keys()].filter((name) => !plain.has(name)),
    [],
  );
});

test("every custom property that is declared is used, and every one that is used is declared", async () => {
  const used = new Set([...sources.matchAll(/var\(\s*(--[\w-]+)/g)].map(([, name]) => name));
  const bySheets = new Set(declared(rules).keys());
  const byScripts = new Set([...sources.matchAll(/setProperty\("(--[\w-]+)"/g)].map(([, name]) => name));
  // What a page may set on an element is what its reference names.
  const reference = await readFile(join(root, "docs/element.md"), "utf8");
  const [, list] = /Custom properties: (.*)/.exec(reference);
  const byPages = [...list.matchAll(/`(?:--diffusion)?-(\w[\w-]*)`/g)].map(([, name]) => `--diffusion-${name}`);
  assert.ok(byPages.length > 5, list);
  const all = new Set([...bySheets, ...byScripts, ...byPages]);
  assert.deepEqual([...all].filter((name) => !used.has(name)).sort(), []);
  assert.deepEqual([...used].filter((name) => !all.has(name)).sort(), []);
});
