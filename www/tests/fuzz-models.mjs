// Models whose files are changed at random, made in the page by the numbers of their cases: with `defineValues`, for any browser.

/** Runs in the page: a model by the number of its case, with one to three changes. */
export async function defineModels({ backend = "cpu", ...files }) {
  const weights = new Uint8Array(await (await fetch("/weights")).arrayBuffer());
  globalThis.diffuser = await unnoise.Diffuser.create({ backend, workers: backend === "cpu" ? 1 : undefined });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.x = new Float32Array(64).fill(0.25);
  globalThis.before = [...(await model.predict(x, 5, [0]))].join();
  const VALUES = [
    0,
    1,
    -1,
    2,
    3,
    0.5,
    1e9,
    1e300,
    -0.1,
    2 ** 31,
    2 ** 53,
    "",
    "a",
    "DownBlock2D",
    "AttnUpBlock2D",
    null,
    true,
  ];
  const value = ({ of, below }) =>
    below(4) === 0
      ? Array.from({ length: below(6) }, () => of(VALUES))
      : below(9) === 0
        ? { a: of(VALUES) }
        : of(VALUES);
  const changed = (file, chance) => {
    if (typeof file !== "object" || file === null || Object.keys(file).length === 0) return value(chance);
    const copy = structuredClone(file);
    const names = Object.keys(copy);
    const name = chance.of(names);
    if (Array.isArray(copy[name]) && copy[name].length > 0 && chance.below(2) === 0)
      copy[name][chance.below(copy[name].length)] = value(chance);
    else if (chance.below(8) === 0) delete copy[name];
    else copy[name] = value(chance);
    return copy;
  };
  const bytes = (given, { of, below }) => {
    if (given.length < 8) return given;
    const header = 8 + Number(new DataView(given.buffer).getBigUint64(0, true));
    const at = below(of([8, header, header, given.length, given.length, given.length]));
    if (below(6) === 0) return given.slice(0, at);
    const copy = given.slice();
    copy[at] = below(2) === 0 ? below(256) : copy[at] ^ (1 << below(8));
    return copy;
  };
  globalThis.modelOf = (seed) => {
    const chance = random(seed);
    const made = { ...files, weights, labels: ["a", "b", "no class"] };
    for (let i = chance.of([1, 1, 1, 2, 3]); i > 0; i--) {
      const which = chance.of(["config", "config", "weights", "weights", "scheduler", "labels", "analytic", "vdm"]);
      if (which === "weights") made.weights = bytes(made.weights, chance);
      else if (made[which] === undefined)
        made[which] = chance.below(2) ? value(chance) : { mean_sq_eps: value(chance), fourier: value(chance) };
      else made[which] = changed(made[which], chance);
    }
    return { ...made, weights: made.weights.buffer };
  };
  /** What is wrong with a case; undefined where it is loaded and predicts, or is refused by a sentence. */
  globalThis.tried = async (seed) => {
    const started = performance.now();
    let said = "";
    try {
      const made = await diffuser.load(modelOf(seed));
      const size = made.info.shape.reduce((a, b) => a * b, 1);
      if (size <= 4096) await made.predict(new Float32Array(size), 5, [0]).catch((error) => (said = error));
    } catch (error) {
      said = error;
    }
    const ms = performance.now() - started;
    if (said && (!(said instanceof unnoise.UnnoiseError) || ["engine-crashed", "not-sent"].includes(said.code))) {
      return { seed, problem: `${said.name}: ${said.code}: ${said.message}` };
    }
    if (said && (/NaN|undefined|\[object/.test(said.message) || said.message.length > 800)) {
      return { seed, problem: said.message.slice(0, 300) };
    }
    return { seed, ms, refused: said !== "", said: said && `${said.code}: ${said.message}` };
  };
}
