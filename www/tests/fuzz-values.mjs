// Values that no option expects, made in the page, and a seeded choice among them.

/** Runs in the page: defines `values`, one maker per name, and `random(seed)`. */
export function defineValues() {
  globalThis.random = (seed) => {
    let state = seed >>> 0;
    // mulberry32
    const next = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    const below = (n) => Math.floor(next() * n);
    return { next, below, of: (list) => list[below(list.length)] };
  };
  const nested = (depth, wrap) => {
    let value = 1;
    for (let i = 0; i < depth; i++) value = wrap(value);
    return value;
  };
  const list = (inner) => [inner];
  const object = (inner) => ({ a: inner });
  const thrower = () => {
    throw new Error("from inside");
  };
  const everyTrap = Object.fromEntries(Reflect.ownKeys(Reflect).map((name) => [name, thrower]));
  const detached = (view) => {
    structuredClone(view, { transfer: [view.buffer] });
    return view;
  };
  const cycle = () => {
    const value = { list: [] };
    value.list.push(value);
    return value;
  };
  globalThis.values = {
    undefined: () => undefined,
    null: () => null,
    "a list of null": () => [null, null],
    NaN: () => Number.NaN,
    Infinity: () => Number.POSITIVE_INFINITY,
    "-Infinity": () => Number.NEGATIVE_INFINITY,
    "-0": () => -0,
    0: () => 0,
    1: () => 1,
    2: () => 2,
    0.5: () => 0.5,
    "-1": () => -1,
    "2^31": () => 2 ** 31,
    "2^53": () => 2 ** 53,
    "1e308": () => 1e308,
    BigInt: () => 5n,
    Symbol: () => Symbol("s"),
    true: () => true,
    "an empty text": () => "",
    "a long text": () => "x".repeat(100_000),
    "a text too long": () => "x".repeat(2 ** 24),
    "half a character": () => "\ud800",
    "a name": () => "ddpm",
    "an own name": () => "__proto__",
    "a function": () => thrower,
    "an arrow": () => () => 5,
    "a class": () => class {},
    "a promise": () => Promise.resolve(1),
    "an empty list": () => [],
    "an empty object": () => ({}),
    "an object without a prototype": () => Object.create(null),
    "a list of one": () => [0],
    "a list that descends": () => [9, 5, 1],
    "a list of NaN": () => [Number.NaN],
    "a list with undefined": () => [1, undefined],
    "a list with a function": () => [1, thrower],
    "a list with a symbol": () => [Symbol("s")],
    "a list of texts": () => ["a", "b"],
    "a shape": () => [1, 1, 4, 4],
    "a large shape": () => [4096, 4096, 4096, 4096],
    "a long list": () => new Array(300_000).fill(1),
    "a list too long": () => new Array(3_000_000).fill(1),
    "a sparse list": () => new Array(2 ** 32 - 1),
    "a sparse list with an end": () => {
      const sparse = [];
      sparse[2 ** 31] = 1;
      return sparse;
    },
    "nested 64 deep": () => nested(64, list),
    "nested 70 deep": () => nested(70, object),
    "nested 1500 deep": () => nested(1500, list),
    "nested 2000 deep": () => nested(2000, object),
    "nested 100000 deep": () => nested(100_000, list),
    "a cycle": cycle,
    Date: () => new Date(0),
    "a date that is none": () => new Date(Number.NaN),
    Map: () => new Map([["a", 1]]),
    Set: () => new Set([1]),
    RegExp: () => /x/g,
    Error: () => new Error("x"),
    Boolean: () => new Boolean(false),
    URL: () => new URL("/nowhere/", location.href),
    Blob: () => new Blob(["x"]),
    "an element": () => document.body,
    window: () => window,
    "a worker": () => globalThis.someWorker,
    Float32Array: () => new Float32Array(64),
    "Float32Array of NaN": () => new Float32Array(64).fill(Number.NaN),
    "an empty Float32Array": () => new Float32Array(0),
    "a detached Float32Array": () => detached(new Float32Array(64)),
    Float64Array: () => new Float64Array(64),
    Uint8Array: () => new Uint8Array(8),
    BigInt64Array: () => new BigInt64Array(2),
    DataView: () => new DataView(new ArrayBuffer(8)),
    ArrayBuffer: () => new ArrayBuffer(8),
    "a detached ArrayBuffer": () => detached(new Uint8Array(8)).buffer,
    "an aborted signal": () => AbortSignal.abort(new DOMException("aborted", "AbortError")),
    "a getter that throws": () => ({
      get a() {
        return thrower();
      },
    }),
    "a list with a getter that throws": () => Object.defineProperty([1, 2], 0, { get: thrower, enumerable: true }),
    "a toJSON that throws": () => ({ toJSON: thrower, toString: thrower, valueOf: thrower }),
    "a toPrimitive that throws": () => ({ [Symbol.toPrimitive]: thrower }),
    "a tag that throws": () => ({
      get [Symbol.toStringTag]() {
        return thrower();
      },
    }),
    "a thenable that throws": () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what is tried
      get then() {
        return thrower();
      },
    }),
    "a proxy": () => new Proxy({ steps: 2 }, {}),
    "a proxy of a list": () => new Proxy([1, 2], {}),
    "a proxy that throws": () => new Proxy({}, everyTrap),
    "a proxy of a function that throws": () => new Proxy(thrower, everyTrap),
    "a revoked proxy": () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    "an endless object": () => new Proxy({}, { ownKeys: () => Array.from({ length: 20_000 }, (_, i) => `k${i}`) }),
  };
}
