// Downloads whose connection breaks, and servers that do not keep to what they promise.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { breaksOff, etagOf, fallsSilent, HubServer, says, serveFile } from "./hub-server.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
const hub = await HubServer.start();
after(() => hub.close());
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  // No test waits as long as a visitor would.
  const { setTimeout } = globalThis;
  globalThis.soon = (longest) => {
    globalThis.setTimeout = (call, ms, ...given) => setTimeout(call, ms <= longest ? ms / 100 : ms, ...given);
  };
});
// Between two tries it is waited for at most 8 s.
beforeEach(() => page.evaluate(() => soon(8000)));

const FILE = "unet/diffusion_pytorch_model.safetensors";
const whole = tinyWeights();
const half = whole.length >> 1;

/** Puts the tiny model into a folder of its own, and has its weights answered by these one after the other. */
function put(folder, ...quirks) {
  hub.put(`${folder}unet/config.json`, JSON.stringify(tinyConfig));
  hub.put(`${folder}scheduler/scheduler_config.json`, JSON.stringify(tinyScheduler));
  hub.put(folder + FILE, whole);
  hub.next(folder + FILE, ...quirks);
}

/** What loading it rejects with, or its hash; the bytes that were told; and the ranges that were asked for. */
async function load(folder) {
  const seen = await page.evaluate(
    async ([source, file]) => {
      const told = [];
      const { origin, pathname } = new URL(source);
      const onProgress = (progress) => {
        if (progress.file !== file) return;
        told.push([progress.loaded, progress.total]);
        fetch(`${origin}/received?path=${pathname}${file}&count=${progress.loaded}`);
      };
      let info = {};
      const failed = await failure(async () => {
        info = (await diffuser.load(source, { onProgress })).info;
      });
      return { ...failed, hash: info.hash, told };
    },
    [hub.origin + folder, FILE],
  );
  return { ...seen, ranges: hub.asked(folder + FILE).map(({ range }) => range) };
}

const HASH = etagOf(whole).slice(1, -1);
const REST = `bytes=${half}-`;

test("a download that breaks off is gone on with where it broke off", async () => {
  put("/breaks/", breaksOff(half));
  const { hash, ranges, told } = await load("/breaks/");
  assert.equal(hash, HASH);
  assert.deepEqual(ranges, [undefined, REST]);
  const sent = hub.asked(`/breaks/${FILE}`).reduce((sum, request) => sum + request.sent, 0);
  assert.equal(sent, whole.length, "no byte twice");
  assert.deepEqual(told.at(-1), [whole.length, whole.length]);
  assert.ok(told.some(([loaded]) => loaded === half));
});

test("what breaks off behind a redirect is gone on with through the redirect, which may lead elsewhere by then", async () => {
  const [first, second] = await Promise.all([HubServer.start(), HubServer.start()]);
  put("/redirected/");
  first.put("/signed", whole);
  second.put("/signed-anew", whole);
  hub.redirect(`/redirected/${FILE}`, `${first.origin}/signed`);
  first.next("/signed", (response, body) => {
    // An address that is signed is good for some minutes.
    hub.redirect(`/redirected/${FILE}`, `${second.origin}/signed-anew`);
    response.writeHead(200, { ETag: etagOf(body), "Content-Length": body.length });
    hub.breakAt(`/redirected/${FILE}`, half, response, body.subarray(0, half));
  });
  const { hash, ranges, message } = await load("/redirected/");
  assert.equal(hash, HASH, message);
  assert.deepEqual(ranges, [undefined, REST]);
  const asked = (server, path) => server.asked(path).map(({ range, sent }) => [range, sent]);
  assert.deepEqual(asked(second, "/signed-anew"), [[REST, whole.length - half]]);
  assert.equal(first.asked("/signed").length, 1);
  await Promise.all([first.close(), second.close()]);
});

test("it is gone on with as often as more comes, and by its date where it has no ETag", async () => {
  const dated = { ETag: "", "Last-Modified": "Fri, 27 Nov 2026 10:00:00 GMT" };
  const step = Math.ceil(whole.length / 9);
  const part = (response, body, { url, headers }) => {
    const from = Number(headers.range.match(/\d+/)[0]);
    response.writeHead(206, {
      ...dated,
      "Content-Length": body.length - from,
      "Content-Range": `bytes ${from}-${body.length - 1}/${body.length}`,
    });
    const [some, isLast] = [body.subarray(from, from + step), from + step >= body.length];
    if (isLast) response.end(some);
    else hub.breakAt(url, from + step, response, some);
  };
  put("/often/", breaksOff(step, dated), ...Array(8).fill(part));
  const { hash, ranges, message } = await load("/often/");
  assert.equal(hash, HASH, message);
  assert.deepEqual(
    ranges.slice(1),
    Array.from({ length: 8 }, (_, i) => `bytes=${(i + 1) * step}-`),
  );
});

test("a connection that falls silent is given up, and gone on with", async () => {
  await page.evaluate(() => soon(30_000));
  put("/silent/", fallsSilent(half));
  const { hash, ranges, message } = await load("/silent/");
  assert.equal(hash, HASH, message);
  assert.equal(ranges[1], REST);
});

test("a server without ranges, or whose file has changed, is listened to from the start", async () => {
  put("/anew/", breaksOff(half), (response, body) => serveFile({ headers: {} }, response, body));
  const { hash, told } = await load("/anew/");
  assert.equal(hash, HASH);
  assert.equal(told.filter(([loaded]) => loaded === 0).length, 2);
});

test("where the page's own server is asked, If-Range makes it send a file anew that has changed", async () => {
  const asked = [];
  await page.route("**/changed/unet/*.safetensors", async (route) => {
    const { range, "if-range": unless } = route.request().headers();
    if (route.request().url().includes("fp16")) return route.fulfill({ status: 404 });
    asked.push([range, unless]);
    const answer = await route.fetch({ url: `${hub.origin}/changed/${FILE}`, headers: {} });
    return route.fulfill({ response: answer });
  });
  put("/changed/");
  site.putModel("/changed/");
  // The first answer is the page's: the connection of one that is fulfilled cannot break.
  const hash = await page.evaluate(async (half) => {
    const { fetch } = globalThis;
    let first = true;
    globalThis.fetch = async (url, o) => {
      const answer = await fetch(url, o);
      if (!String(url).endsWith("model.safetensors") || !first) return answer;
      first = false;
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(bytes.slice(0, half)),
        pull: (controller) => controller.error(new TypeError("network error")),
      });
      return new Response(body, { headers: { etag: '"older"', "content-length": String(bytes.length) } });
    };
    const { info } = await diffuser.load("/changed/");
    globalThis.fetch = fetch;
    return info.hash;
  }, half);
  assert.equal(hash, HASH);
  assert.deepEqual(asked[1], [REST, '"older"']);
});

const rest = whole.subarray(half);
const partOf = (range, more = {}) => ({ "Content-Range": range, ETag: etagOf(whole), ...more });
const LIES = [
  [
    "another range",
    says(206, partOf(`bytes 0-${half - 1}/${whole.length}`), whole.subarray(0, half)),
    new RegExp(`bytes ${half}-${whole.length - 1} of ${whole.length} were asked for, and what came was bytes 0-`),
  ],
  [
    "a range of a longer file",
    says(206, partOf(`bytes ${half}-${whole.length - 1}/${whole.length + 1}`), rest),
    /were asked for/,
  ],
  ["less than was asked for", says(206, partOf(`bytes ${half}-${half + 9}/${whole.length}`), rest), /were asked for/],
  ["a part without its range", says(206, { ETag: etagOf(whole), "Content-Length": "3" }, "abc"), /3 bytes without a/],
  [
    "a part of another file",
    says(206, partOf(`bytes ${half}-${whole.length - 1}/${whole.length}`, { ETag: '"other"' }), rest),
    /the ETag was "[0-9a-f]{64}", and what came was "other"$/,
  ],
  ["a web page", says(200, { "Content-Type": "text/html" }, "<!doctype html>sign in"), /and what came was a web page$/],
];

for (const [what, lie, sentence] of LIES) {
  test(`asked for the rest of a file, a server that answers ${what} is an error`, async () => {
    put("/lies/", breaksOff(half), lie);
    hub.requests.length = 0;
    const { code, message, hint, ranges } = await load("/lies/");
    assert.deepEqual([code, ranges], ["download-mismatch", [undefined, REST]], message);
    assert.match(message, sentence);
    assert.ok(message.startsWith(`${hub.origin}/lies/${FILE}: `) && hint);
  });
}

test("statuses that may pass are waited for, and others end the download", async () => {
  put("/busy/", breaksOff(half), says(503, {}), says(429, { "Retry-After": "1" }), says(500, {}));
  assert.equal((await load("/busy/")).hash, HASH);
  for (const status of [401, 403, 404, 416]) {
    put("/gone/", breaksOff(half), says(status, {}));
    const { code, message } = await load("/gone/");
    assert.deepEqual([code, message.includes(`${status} for`)], ["http-status", true], message);
  }
});

test("a server that asks to be left alone for a while is, up to a minute", async () => {
  const waits = () =>
    page.evaluate(() => {
      const { setTimeout } = globalThis;
      globalThis.waited = [];
      globalThis.setTimeout = (call, ms, ...given) => {
        // 30 s is the longest silence.
        const isWait = ms >= 500 && ms !== 30_000;
        if (isWait) globalThis.waited.push(ms);
        return setTimeout(call, isWait ? ms / 1000 : ms, ...given);
      };
    });
  await page.evaluate(() => soon(0));
  await waits();
  const asks = (after, status = 429) => says(status, { "Retry-After": after });
  // A date has whole seconds.
  const date = (response) => asks(new Date(Date.now() + 45_900).toUTCString(), 503)(response);
  put("/asks/", breaksOff(half), asks("17"), date, asks("0"), asks("no date"));
  const { hash, message } = await load("/asks/");
  assert.equal(hash, HASH, message);
  const waited = await page.evaluate(() => globalThis.waited);
  assert.equal(waited.length, 5, `${waited}`);
  assert.ok(waited[2] > 40_000 && waited[2] <= 46_000, `${waited}`);
  assert.deepEqual([waited[0], waited[1], waited[3], waited[4]], [500, 17_000, 4000, 8000]);

  put("/later/", breaksOff(half), asks("61"));
  const later = await load("/later/");
  assert.deepEqual([later.code, later.hint], ["http-status", "Try again in 61 seconds."]);
  assert.match(later.message, /429 for .*: too many requests/);
});

test("what breaks off again and again, or cannot be gone on with, is told with what had come", async () => {
  const nothing = (response) => response.destroy();
  put("/broken/", breaksOff(half), ...Array(20).fill(nothing));
  hub.requests.length = 0;
  const broken = await load("/broken/");
  assert.equal(broken.code, "unreachable");
  assert.ok(broken.message.startsWith(`${hub.origin}/broken/${FILE} broke off after ${half} of ${whole.length} bytes`));
  // A browser asks by itself once more where a connection that it had is gone.
  assert.ok(broken.ranges.length >= 6 && broken.ranges.slice(1).every((range) => range === REST));
  for (const ETag of ["", 'W/"weak"']) {
    put("/unnamed/", breaksOff(half, { ETag }));
    hub.requests.length = 0;
    const unnamed = await load("/unnamed/");
    assert.deepEqual([unnamed.code, unnamed.ranges], ["unreachable", [undefined]]);
  }
});

test("a download that waits for its next try can be aborted", async () => {
  await page.evaluate(() => soon(0));
  put("/waits/", (response) => {
    response.writeHead(200, { ETag: '"1"', "Content-Length": "9" });
    response.write("a", () => response.destroy());
  });
  const message = await page.evaluate(async (source) => {
    const { setTimeout } = globalThis;
    const abort = new AbortController();
    // The first wait is that for the next try.
    globalThis.setTimeout = (call, ms) => {
      if (ms !== 500) return setTimeout(call, ms);
      abort.abort(new Error("enough"));
    };
    return (await failure(() => diffuser.load(source, { signal: abort.signal }))).message;
  }, `${hub.origin}/waits/`);
  assert.equal(message, "enough");
});

test("a body that is longer than its length, or shorter, is an error", async () => {
  const lying = (length, validator = {}) =>
    page.evaluate(
      async ([length, validator]) => {
        const { fetch } = globalThis;
        globalThis.fetch = async (url, o) => {
          const answer = await fetch(url, o);
          if (!String(url).endsWith("model.safetensors")) return answer;
          return new Response(answer.body, { headers: { "content-length": String(length), ...validator } });
        };
        const failed = await failure(() => diffuser.load("/tiny/"));
        globalThis.fetch = fetch;
        return failed;
      },
      [length, validator],
    );
  const long = await lying(whole.length - 1);
  assert.equal(long.code, "download-mismatch");
  assert.match(long.message, new RegExp(`/tiny/${FILE}: ${whole.length - 1} bytes were promised, and what came was `));
  const short = await lying(whole.length + 1);
  assert.equal(short.code, "unreachable");
  assert.match(short.message, new RegExp(`broke off after ${whole.length} of ${whole.length + 1} bytes`));
  // More than any memory holds.
  assert.equal((await lying(2 ** 52)).code, "unreachable");
});
