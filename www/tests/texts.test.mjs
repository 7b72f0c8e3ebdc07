// The texts of page and element: every language says the same things, with the same values, and every text is used.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageIn, readTexts } from "../languages.mjs";
import { pageParts } from "./page-pictures.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const languages = await readTexts(root);
const english = languages.get("en");
const flat = (texts) =>
  Object.entries(texts).flatMap(([part, all]) => Object.entries(all).map(([k, v]) => [`${part}.${k}`, v]));

const folders = ["page", "element", "ui"];
const names = (await Promise.all(folders.map((f) => readdir(`${root}www/${f}`, { recursive: true })))).flatMap(
  (all, i) => all.filter((name) => name.endsWith(".ts")).map((name) => `${root}www/${folders[i]}/${name}`),
);
const sources = await Promise.all(names.map(async (name) => [name, await readFile(name, "utf8")]));
const html = await readFile(`${root}www/page/index.html`, "utf8");

/** The names of a text's placeholders, each once; those of plurals are marked. What stands in the forms of a plural is none. */
function placeholders(text) {
  const outside = text.replaceAll(/(\{\w+, plural,)(?: \w+ \{[^{}]*\})+\}/g, "$1}");
  const found = Array.from(outside.matchAll(/\{(\w+)(, plural,)?/g), ([, name, plural]) => name + (plural ? "#" : ""));
  return [...new Set(found)].sort();
}

test("every language has every text, with the same placeholders", () => {
  for (const [tag, texts] of languages) {
    const [ours, theirs] = [Object.fromEntries(flat(english)), Object.fromEntries(flat(texts))];
    assert.deepEqual(Object.keys(theirs), Object.keys(ours), tag);
    for (const [key, text] of Object.entries(theirs)) {
      assert.notEqual(text.trim(), "", `${tag} ${key}`);
      assert.deepEqual(placeholders(text), placeholders(ours[key]), `${tag} ${key}`);
    }
  }
});

test("a plural has the forms of its language, and no other", () => {
  for (const [tag, texts] of languages) {
    const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
    for (const [key, text] of flat(texts)) {
      for (const [, forms] of text.matchAll(/\{\w+, plural,((?: \w+ \{[^{}]*\})+)\}/g)) {
        const had = Array.from(forms.matchAll(/(\w+) \{/g), ([, category]) => category);
        assert.deepEqual(had.sort(), [...pluralCategories].sort(), `${tag} ${key}`);
      }
    }
  }
});

test("the parts of a page have no key in common, and none with what page and element share", () => {
  const { element, ...ofPage } = english;
  const { shared } = english;
  const keys = Object.values(ofPage).flatMap(Object.keys);
  assert.equal(new Set(keys).size, keys.length);
  const ofElement = [shared, element].flatMap(Object.keys);
  assert.equal(new Set(ofElement).size, ofElement.length);
});

test("every text is used, and every call gives it its values", () => {
  const code = sources.map(([, text]) => text).join("\n");
  for (const [key] of flat(english)) {
    const name = key.split(".")[1];
    assert.ok(code.includes(`"${name}"`) || new RegExp(`\\{\\{${name}\\b`).test(html), `${key} is not used`);
  }
  let checked = 0;
  for (const [file, text] of sources) {
    const { element, ...ofPage } = english;
    const texts = file.includes("/element/")
      ? { ...english.shared, ...element }
      : Object.assign({}, ...Object.values(ofPage));
    for (const { keys, given } of callsIn(text)) {
      for (const key of keys.filter((key) => Object.hasOwn(texts, key))) {
        const wanted = placeholders(texts[key]).map((name) => name.replace("#", ""));
        checked += 1;
        assert.deepEqual(
          wanted.filter((name) => !given.includes(name) && !given.includes("...")),
          [],
          `${file}: ${key}`,
        );
      }
    }
  }
  assert.ok(checked > 200, `${checked} calls`);
});

/** The calls of \`t\` in a source: the keys they may name, and the names of the values they give. */
function callsIn(source) {
  return Array.from(source.matchAll(/\bt\(((?:[^{}()]|\(\{[^{}]*\} as const\)\[\w+\])*?)(, \{|,?\s*\))/g), (match) => {
    const [whole, first, end] = match;
    const keys = Array.from(first.matchAll(/"(\w+)"/g), ([, key]) => key);
    // Values that have a name of their own are not looked into.
    if (/, \w+$/.test(first)) return { keys, given: ["..."] };
    return { keys, given: end.includes("{") ? namesIn(source, match.index + whole.length) : [] };
  });
}

/** The names of an object literal's entries, from behind its brace. */
function namesIn(source, start) {
  const [found, word] = [[], { text: "" }];
  for (let [at, depth] = [start, 0]; depth >= 0; at++) {
    const character = source[at];
    if ("({[".includes(character)) depth += 1;
    if (")}]".includes(character)) depth -= 1;
    if (depth < 0 || (depth === 0 && character === ",")) {
      const name = word.text.trim();
      found.push(name.startsWith("...") ? "..." : (/^\w+/.exec(name)?.[0] ?? ""));
      word.text = "";
    } else word.text += character;
  }
  return found;
}

test("a text is filled as its language writes numbers, plurals and lists", async () => {
  const stdin = { contents: 'export * from "./texts.ts";', resolveDir: `${root}www/ui`, loader: "ts" };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", write: false });
  const { filled } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  const steps = (n, tag) => filled(languages.get(tag).shared.steps, tag, { n });
  assert.deepEqual(
    [1, 2, 1000].map((n) => steps(n, "en")),
    ["1 step", "2 steps", "1,000 steps"],
  );
  assert.deepEqual(
    [1, 2, 1000].map((n) => steps(n, "de")),
    ["1 Schritt", "2 Schritte", "1.000 Schritte"],
  );
  assert.equal(filled("{a} and {b}: {c}", "en", { a: 1.5, b: "$& {c}" }), "1.5 and $& {c}: {c}");
  assert.equal(filled("{names}", "de", { names: ["a", "b", "c"] }), "a, b und c");
});

test("index.html may not name a text that there is not, and what is in a text is no markup", () => {
  const texts = { shared: {}, page: { a: 'x < "y" & {0}', modelMillions: "{n} M" }, markup: {} };
  const model = { name: "M", parameters: 3.6e6, shape: [1, 8, 8], labels: ["<a>", "no class"] };
  const page = pageIn(
    "de",
    '<html lang="en"><!-- languages --><p title="{{a}}">{{a || <b>z</b>}}</p><!-- classes --><i>{{modelSize}}</i><!-- texts -->',
    texts,
    ["en", "de"],
    model,
  );
  assert.match(
    page,
    /^<html lang="de"><option value="en" lang="en">English<\/option><option value="de" lang="de" selected>Deutsch</,
  );
  assert.match(page, /<p title="x &lt; &quot;y&quot; &amp; [^"]*">x &lt; &quot;y&quot; &amp; <b>z<\/b><\/p>/);
  assert.match(page, /value="0"><span><i class="tile"><\/i>&lt;a><\/span><\/label><i>3,6 M<\/i>/);
  assert.match(page, /\{"a":"x \\u003c \\"y\\" & \{0\}",/);
  assert.throws(() => pageIn("en", "{{b}}", texts, ["en"], model), /no text "b"/);
});

test("the texts of two rooms that are fetched at once are both there", async () => {
  const { learn, t } = await pageParts();
  const waits = { edit: 20, habits: 5 };
  globalThis.document = { baseURI: "http://localhost/" };
  globalThis.fetch = async (address) => {
    const room = /\/(\w+)\.en\.json$/.exec(address)[1];
    const content = new Promise((resolve) =>
      setTimeout(() => resolve({ [`of ${room}`]: `text of ${room}` }), waits[room]),
    );
    return { ok: true, json: () => content };
  };
  await Promise.all([learn("edit"), learn("habits")]);
  assert.deepEqual([t("of edit"), t("of habits")], ["text of edit", "text of habits"]);
});
