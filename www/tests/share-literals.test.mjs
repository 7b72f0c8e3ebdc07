// Text from a model, a link or a file in the code that Share gives: it stays text. Read back by the parsers of Python,
// TypeScript and HTML: whatever the text, the tree is that of a harmless one, and the text is in it whole.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { SyntaxKind } from "typescript/unstable/ast";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";
import { launch } from "./helpers.mjs";
import { pageParts } from "./page-pictures.mjs";

const PAGE = "https://unnoise.example/demo/";

/** Everything that ends a line somewhere: in Python, in JavaScript, in an editor. */
const BREAKS = ["\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c", "\x1d", "\x1e"];
const HOSTILE = [
  ...BREAKS.map((end) => `a${end}import os; os.system("pwned")${end}pwned()${end}`),
  '"; pwned(); "',
  "'); pwned(); ('",
  '"""\npwned()\n"""',
  "'''\npwned()\n'''",
  "*/ pwned(); /*",
  "</script><script>pwned()</script>",
  "--><script>pwned()</script><!--",
  '"><img src=x onerror=pwned()>',
  "' onclick='pwned()",
  "\\",
  '\\"); pwned() #',
  "\\u000apwned()\\N{LINE FEED}",
  `\`\${pwned()}\``,
  "{pwned()} %s #pwned //pwned",
  "\0pwned()",
  "\ud800",
  "\udc00pwned()\ud800",
  "\u202e)(denwp\u2066\u200f\u2069",
  "\u200b\ufeff\u00a0\u{e0041}\u{10ffff}",
  "&quot;&#34;&lt;",
  "Füße 靴 👗",
];

let parts;
let browser;
before(async () => {
  const names = ["code", "python", "link", "literals", "address", "made"].map((name) => `share/${name}`);
  parts = await pageParts(...names, "../ui/labels");
  browser = await launch();
});
after(() => browser.close());

const STEP = { t: 0, logSnr: 9, x0: 1, eps: 0, xt: 0, z: 0 };

/** A run as the page has it, with a label, a model's address and a sampler. */
function made({ label = "shoe", source = "https://models.example/shoes/", sampler = "ddim" } = {}) {
  const settings = { class: 0, sampler, variance: "large", eta: 0.5, sigmaClip: 0, steps: 1, seed: 3, images: 2 };
  return {
    settings: { ...settings, trajectory: "leading", clip: "x0-eps", guidance: 2, rng: "torch" },
    source,
    info: {
      shape: [1, 4, 4],
      parameters: 9,
      labels: [label, "b", "no class"],
      classes: 3,
      noClass: 2,
      scheduler: {},
      warnings: [],
      hash: "0123456789abcdef".repeat(4),
    },
    plan: { timesteps: [0], steps: [STEP] },
    backend: { kind: "cpu" },
    asked: "cpu",
  };
}

const SAMPLERS = ["ddim", "ddpm", "analytic-ddim"];
const LABELLED = HOSTILE.flatMap((label) => SAMPLERS.map((sampler) => ({ label, sampler })));
const SOURCES = HOSTILE.flatMap((text) =>
  ["/", "?", "#", "/."].map((mark) => `https://models.example/a${mark}${text}`),
);

const python = (run) =>
  parts.pythonCode(run, { address: parts.modelAddress(run, PAGE), part: "unet/", variant: "fp16", scheduler: true });

/** For each code: the shape of its tree without the texts, its texts, and its comments. */
const READ = `
import ast, io, json, sys, tokenize
def read(code):
    tree = ast.parse(code.encode("utf-8"))
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
            node.value = ""
    tokens = tokenize.generate_tokens(io.StringIO(code, newline="").readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return {"shape": ast.dump(tree), "texts": texts, "comments": comments}
print(json.dumps([read(code) for code in json.load(sys.stdin)]))
`;

function readPython(codes) {
  const input = JSON.stringify(codes);
  const { status, stdout, stderr } = spawnSync("python3", ["-c", READ], { input, encoding: "utf8", maxBuffer: 1e9 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;

test("Python has the model's own forward process where the folder's file does not say it", () => {
  const run = made();
  run.info.scheduler = {
    beta_start: 0.00085,
    trained_betas: null,
    beta_schedule: "squaredcos_cap_v2",
    steps_offset: 1,
  };
  const own = ["beta_start=0.00085", 'beta_schedule="squaredcos_cap_v2"', "steps_offset=1"];
  const has = (code, ...more) =>
    assert.ok(
      [...own, ...more].every((option) => code.includes(option)),
      code,
    );
  const code = (scheduler) => parts.pythonCode(run, { address: run.source, part: "", variant: undefined, scheduler });
  has(code(false));
  assert.ok(!/beta_|thresholding/.test(code(true)), code(true));
  // PNDM's file may have keys that it does not read, and DDIM does.
  run.info.madeFor = { scheduler: "PNDMScheduler", nearest: "ddim" };
  has(code(true), "beta_end=0.02", "thresholding=False", "set_alpha_to_one=True");
  run.info.scheduler.beta_schedule = "exp";
  assert.match(code(true), /does not have these betas[\s\S]*PLAN = \[/);
});

test("Python loads the averaged weights where they are what the folder has", () => {
  const run = made();
  const folder = { address: run.source, part: "unet_ema/", variant: undefined, scheduler: true };
  const code = parts.pythonCode(run, folder);
  assert.match(code, /"unet_ema\/config\.json",\n +"unet_ema\/diffusion_pytorch_model\.safetensors"/);
  assert.match(code, /subfolder="unet_ema"/);
});

test("Python stays the same program", { skip: !hasPython && "there is no python3 here" }, () => {
  const harmless = readPython(SAMPLERS.map((sampler) => python(made({ sampler }))));
  const found = readPython(LABELLED.map((run) => python(made(run))));
  for (const [i, { label, sampler }] of LABELLED.entries()) {
    const { shape, comments } = harmless[SAMPLERS.indexOf(sampler)];
    assert.equal(found[i].shape, shape, JSON.stringify(label));
    assert.deepEqual(found[i].comments, comments);
    assert.ok(found[i].texts.includes(label), JSON.stringify(label));
  }
  const places = readPython(SOURCES.map((source) => python(made({ source }))));
  for (const [i, source] of SOURCES.entries()) {
    assert.equal(places[i].shape, harmless[0].shape, source);
    assert.ok(places[i].texts.includes(parts.modelAddress(made({ source }), PAGE)), source);
  }
});

/** Kinds of all nodes of a module, and its texts; fails where it does not parse. */
function readTypeScript(codes) {
  const names = codes.map((_, i) => `${i}.ts`);
  const config = JSON.stringify({ compilerOptions: { noLib: true, types: [] }, files: names });
  const files = Object.fromEntries(names.map((name, i) => [`/code/${name}`, codes[i]]));
  const api = new API({ cwd: "/code", fs: createVirtualFileSystem({ ...files, "/code/tsconfig.json": config }) });
  try {
    const [project] = api.updateSnapshot({ openProjects: ["/code/tsconfig.json"] }).getProjects();
    return names.map((name) => {
      assert.deepEqual(project.program.getSyntacticDiagnostics(`/code/${name}`), []);
      const [kinds, texts] = [[], []];
      const walk = (node) => {
        kinds.push(SyntaxKind[node.kind]);
        if (node.kind === SyntaxKind.StringLiteral) texts.push(node.text);
        node.forEachChild((child) => walk(child));
      };
      walk(project.program.getSourceFile(`/code/${name}`));
      return { shape: kinds.join(" "), texts };
    });
  } finally {
    api.close();
  }
}

test("TypeScript stays the same program", () => {
  const runs = [{}, ...HOSTILE.map((label) => ({ label })), ...SOURCES.map((source) => ({ source }))];
  const [harmless, ...found] = readTypeScript(runs.map((run) => parts.apiCode(made(run), PAGE)));
  for (const [i, run] of runs.slice(1).entries()) {
    assert.equal(found[i].shape, harmless.shape, JSON.stringify(run));
    assert.ok(found[i].texts.includes(parts.modelAddress(made(run), PAGE)));
  }
  for (const label of HOSTILE) assert.doesNotMatch(parts.apiCode(made({ label }), PAGE), /pwned/);
});

test("any text comes back from a literal of TypeScript, and cannot end a script tag", () => {
  const codes = HOSTILE.map((text) => parts.scriptLiteral(text));
  for (const [i, { shape, texts }] of readTypeScript(codes.map((code) => `f(${code});`)).entries()) {
    assert.equal(shape, "SourceFile ExpressionStatement CallExpression Identifier StringLiteral EndOfFile");
    // TypeScript's API hands strings over in UTF-8, which has no halves of surrogate pairs: JavaScript reads the literal itself.
    if (HOSTILE[i].isWellFormed?.() ?? true) assert.deepEqual(texts, [HOSTILE[i]]);
    assert.equal(JSON.parse(codes[i]), HOSTILE[i]);
    assert.doesNotMatch(codes[i], /<|[^\P{C}]|[\u2028\u2029]/u);
  }
});

test("the element and its script tag stay the two of them, with every attribute whole", async () => {
  const runs = [{}, ...HOSTILE.map((label) => ({ label })), ...SOURCES.map((source) => ({ source }))];
  const page = await browser.newPage();
  const found = await page.evaluate(
    (codes) =>
      codes.map((code) => {
        const { body, head } = new DOMParser().parseFromString(`<!doctype html><body>${code}`, "text/html");
        const tags = [...head.children, ...body.querySelectorAll("*")].map(({ localName }) => localName);
        const element = body.querySelector("diffusion-sampler");
        return {
          tags,
          attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
        };
      }),
    runs.map((run) => parts.embedCode(made(run), "x0", PAGE)),
  );
  for (const [i, run] of runs.entries()) {
    assert.deepEqual(found[i].tags, ["script", "diffusion-sampler"], JSON.stringify(run));
    assert.deepEqual(Object.keys(found[i].attributes), Object.keys(found[0].attributes));
    assert.equal(found[i].attributes.model, parts.modelAddress(made(run), PAGE));
    assert.ok(["0", run.label ?? "shoe"].includes(found[i].attributes.labels));
  }
  const texts = HOSTILE.filter((text) => !/[\0\ud800-\udfff]/u.test(text) && !text.includes("\0"));
  const read = await page.evaluate(
    (codes) => codes.map((c) => new DOMParser().parseFromString(`<p title=${c}>`, "text/html").body.firstChild.title),
    texts.map((text) => parts.attributeLiteral(text)),
  );
  assert.deepEqual(read, texts);
  await page.close();
});

test("a link finds its class again, whatever the class is called", () => {
  for (const label of HOSTILE) {
    const run = made({ label });
    const asked = new URL(parts.linkTo(parts.parametersOf(run), PAGE)).searchParams.get("class");
    assert.equal(parts.classFromAddress(asked, parts.classesOf(run.info)), 0, JSON.stringify(label));
  }
});

/** Ends of a model's address, and the folder that the script writes to. */
const FOLDERS = [
  ["shoes/", "shoes"],
  ["my%20shoes/", "my-shoes"],
  ["%2Ftmp%2Fx/", "tmp-x"],
  ["..%2F..%2Fx/", "x"],
  ["..%5C..%5Cx/", "x"],
  ["%2e%2e/%2e%2e/", "model"],
  ["../../..", "model"],
  [".../", "model"],
  [".ssh/", "ssh"],
  ["C:%5Cx/", "C--x"],
  ["%E0%A4%A/", "A"],
  ["%00/", "model"],
  ["~/", "model"],
  ["-rf/", "rf"],
  ["靴/", "model"],
  [`${"x".repeat(300)}/`, "x".repeat(100)],
];

test("a script writes into a folder beside it", () => {
  for (const [end, name] of FOLDERS) {
    const source = `https://models.example/${end}`;
    const code = python(made({ source }));
    assert.equal(/MODEL = pathlib\.Path\("([A-Za-z0-9._-]+)"\)/.exec(code)?.[1], name, end);
  }
  const given = [HOSTILE, FOLDERS.flat(), BREAKS, [".", "..", "a.", "a..", ""]].flat();
  for (const text of given)
    assert.match(parts.plainName(text, "x"), /^[A-Za-z0-9_]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?$/);
});

test("a script downloads from the web alone, and reads no pickle", () => {
  for (const source of ["file:///etc/", "ftp://models.example/x/", "blob:https://models.example/x/", "data:,x/"]) {
    assert.doesNotMatch(python(made({ source })), /urlretrieve|etc|models\.example/);
  }
  assert.match(python(made()), /from_pretrained\(MODEL, subfolder="unet", variant="fp16", use_safetensors=True\)/);
  const hub = (name) => python(made({ source: `https://huggingface.co/${name}/resolve/main/` }));
  assert.match(hub("google/ddpm-cat"), /^MODEL = "google\/ddpm-cat"$/m);
  for (const name of ["a/b?x=", "a/%22", "a/b%0a", ".a/b", "a/..b"]) assert.doesNotMatch(hub(name), /^MODEL = "a/m);
});

test("saved files are called by letters, digits, dots and dashes", () => {
  const name = parts.fileName({ sampler: "../../x\n", steps: Number.NaN, seed: 1e21 }, "png");
  assert.equal(name, "unnoise-..-..-x--NaN-seed1e-21.png");
});
