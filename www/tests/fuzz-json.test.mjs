// The reader of a model's JSON beside JSON.parse: texts as Python writes them, texts that are changed at random, and long hostile ones. The
// same cases at every run; UNNOISE_FUZZ=10 makes ten times as many.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { defineValues } from "./fuzz-values.mjs";
import { tinyConfig, tinyScheduler } from "./tiny-model.mjs";

const library = new URL("../../pkg/index.js", import.meta.url).href;
const { parseModelJson } = await import(library);
defineValues();

const TIMES = Number(process.env.UNNOISE_FUZZ ?? 1);
const UNKNOWN = ["NaN", "Infinity", "-Infinity"];
const TEXTS = ["", "a", "NaN", "-Infinity,", '"', '\\"', "\\", "\n", "\u2028", "{}", "é", "\ud83d\ude00", "__proto__"];
const NUMBERS = [0, -1, 0.5, 1e300, -1e-300, 2 ** 53];
/** The longest file that is read. */
const LONGEST = 8_000_000;

/** A value at random, as Python writes it, and as it is to be read. */
function written(chance, depth = 4) {
  const blank = () => chance.of(["", "", " ", "\n  ", "\t"]);
  const kind = chance.below(depth > 0 ? 9 : 7);
  if (kind < 3) {
    const name = chance.of(UNKNOWN);
    return [name, name];
  }
  if (kind < 7) {
    const value = chance.of([chance.of(TEXTS) + chance.of(TEXTS), chance.of(NUMBERS), true, null]);
    return [JSON.stringify(value), value];
  }
  const parts = Array.from({ length: chance.below(5) }, () => written(chance, depth - 1));
  const joined = (texts) => texts.map((text) => blank() + text + blank()).join(",");
  if (kind === 7) return [`[${joined(parts.map(([text]) => text))}]`, parts.map(([, value]) => value)];
  const named = parts.map(([text, value], i) => [`${chance.of(TEXTS)}${i}`, text, value]);
  const text = joined(named.map(([name, text]) => `${JSON.stringify(name)}${blank()}:${blank()}${text}`));
  return [`{${text}}`, Object.fromEntries(named.map(([name, , value]) => [name, value]))];
}

/** A text with some places changed. */
function changed(text, chance) {
  const pieces = [
    ...UNKNOWN,
    "Infinit",
    "-",
    '"',
    "\\",
    '\\"',
    "\\\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "0",
    "true",
    "\0",
    "\u2028",
  ];
  let result = text;
  for (let i = chance.of([1, 1, 2, 5]); i > 0; i--) {
    const at = chance.below(result.length + 1);
    const until = Math.min(result.length, at + chance.of([0, 0, 1, 3, 20]));
    result =
      result.slice(0, at) + chance.of(["", chance.of(pieces), result.slice(at, until).repeat(2)]) + result.slice(until);
  }
  return result;
}

/** Such numbers as strings, character by character. */
function spelled(text) {
  let [result, isInside] = ["", false];
  for (let at = 0; at < text.length; at++) {
    const name = isInside ? undefined : UNKNOWN.find((name) => text.startsWith(name, at));
    const taken = name ?? (isInside && text[at] === "\\" ? text.slice(at, at + 2) : text[at]);
    if (taken === '"') isInside = !isInside;
    result += name === undefined ? taken : `"${name}"`;
    at += taken.length - 1;
  }
  return result;
}

/** What a reader makes of a text: only errors of syntax are thrown. */
function read(reader, text) {
  try {
    return { value: reader(text) };
  } catch (error) {
    assert.ok(error instanceof SyntaxError, `${error.stack} of ${JSON.stringify(text)}`);
    return { refused: true };
  }
}

test("what Python writes is read, with NaN and both infinities as their names", () => {
  for (let seed = 0; seed < 20_000 * TIMES; seed++) {
    const [text, value] = written(random(seed));
    assert.deepEqual(parseModelJson(text), value, text);
  }
});

test("a changed text is read as JSON.parse reads it, or its numbers as strings, or refused as JSON.parse refuses it", () => {
  const seeds = [tinyConfig, { ...tinyScheduler, lambda_min_clipped: "x" }].map((file) =>
    JSON.stringify(file, null, 2),
  );
  const counts = { plain: 0, spelled: 0, refused: 0 };
  for (let seed = 0; seed < 60_000 * TIMES; seed++) {
    const chance = random(seed);
    const base = chance.below(2) === 0 ? chance.of(seeds).replace('"x"', "-Infinity") : written(chance)[0];
    const text = changed(base, chance);
    const found = read(parseModelJson, text);
    const plain = read(JSON.parse, text);
    const expected = plain.refused ? read(JSON.parse, spelled(text)) : plain;
    assert.deepEqual(found, expected, JSON.stringify(text));
    counts[expected.refused ? "refused" : plain.refused ? "spelled" : "plain"]++;
  }
  assert.ok(
    Object.values(counts).every((count) => count > 1000),
    JSON.stringify(counts),
  );
});

/** Texts as long as a file may be, whose reading could take long or much memory. */
const HOSTILE = {
  "a string without an end, of quotation marks": ['"', '\\"', ""],
  "the same with a backslash at its end": ['"', '\\"', "\\"],
  "a string of backslashes": ['"', "\\", ""],
  "strings with a line's end": ["", '"\\\n', ""],
  "a long string beside a number": ['{"a": NaN, "b": "', "x", '"}'],
  "a list of such numbers": ["[", "NaN,", "0]"],
  "such numbers without an end": ["", "-Infinity", ""],
  "lists in lists": ["NaN", "[", ""],
  "objects in objects": ["", '{"":', "NaN"],
};

for (const [what, [first, middle, last]] of Object.entries(HOSTILE)) {
  test(`${what}: read or refused in a minute and in 64 times the memory of the text`, {
    timeout: 60_000,
  }, async (t) => {
    const text = first + middle.repeat((LONGEST - first.length - last.length) / middle.length) + last;
    const code = `const { workerData, parentPort } = require("node:worker_threads");
      import(${JSON.stringify(library)}).then(({ parseModelJson }) => {
        try { parseModelJson(workerData); } catch (error) { if (!(error instanceof SyntaxError)) throw error; }
        parentPort.postMessage("read or refused");
      });`;
    const resourceLimits = { maxOldGenerationSizeMb: (64 * LONGEST) / 2 ** 20 };
    const worker = new Worker(code, { eval: true, workerData: text, resourceLimits });
    t.after(() => worker.terminate());
    const said = await new Promise((resolve, reject) => {
      worker.on("message", resolve);
      worker.on("error", reject);
    });
    assert.equal(said, "read or refused");
  });
}
