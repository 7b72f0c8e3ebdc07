/** Reads the page's address: what a link asks for, and what in it makes no sense. */

import { type Label, labelNamed } from "../../ui/labels.ts";
import { controlFor, KINDS, type Kind, linkOf, NAMES, type OptionName, type Value, whole } from "../../ui/options.ts";
import { listed } from "../../ui/words.ts";
import { BUNDLED } from "../model/bundled.ts";
import { withSize } from "../model/engine.ts";
import { rangeSaid, SEED } from "../panel/numbers.ts";
import { seedList } from "../panel/seeds.ts";
import { type ClassChoice, MOST_IMAGES, type Settings, TRAJECTORY } from "../settings.ts";
import { t } from "../texts.ts";
import { type EditAsked, isPicture, readEdit } from "./edit.ts";
import { type Morph, readMorph } from "./morph.ts";
import { readTrain, type TrainAsked } from "./train.ts";

/** Something that is asked for and cannot be had, and the control beside which to say so. */
export interface AddressProblem {
  /** Name of the control: see problems.ts. */
  control: string;
  /** The parameter and its value. */
  name: string;
  given: string;
  /** Why it is ignored, as half a sentence. */
  reason: string;
  /** What is kept in its place, where no control of the panel says it. */
  kept?: string | undefined;
}

/** What a link, or a saved file, asks for. Only what it names is set. */
export interface Address {
  /** Where it stands: "in the link", or in a file by its name. */
  origin: string;
  settings: Partial<Omit<Settings, "class">>;
  /** By name or number; checked against the model's labels once they are known. */
  class?: string;
  backend?: Value<"backend">;
  model?: string;
  /** First digits of the SHA-256 of the weights, to be compared with those that are loaded. */
  hash?: string;
  /** Of the view Interpolate. */
  morph?: Morph;
  /** Of the view Edit. */
  edit?: EditAsked;
  /** Of the view Train. */
  train?: TrainAsked;
  /** It asks for Compare's table, with what is set for these samplers. */
  table?: Address["settings"][];
  problems: AddressProblem[];
}

/** Whether its settings are for the model that it names and for no other: the page's own links have a hash, and name every setting. */
export function isOfModel({ hash }: Address): boolean {
  return hash !== undefined;
}

/** What the page's controls take, where that is not all that the library does. */
const OF_THE_PAGE: Partial<Record<OptionName, Kind<unknown>>> = {
  seed: SEED,
  steps: whole(1, 1000),
  batch: whole(1, MOST_IMAGES),
  trajectory: TRAJECTORY,
};

/** Parameters that are no settings, or not by themselves. */
const OTHERS: OptionName[] = ["model", "size", "backend", "labels", "seeds", "first", "to", "at", "branch"];

/** The most images that the library takes as a batch. */
const MOST_OF_BATCH = 4096;

/** Fewer digits of a hash than this say nothing; all of them are 64. */
const HASH = /^[0-9a-f]{8,64}$/;

/** Characters of the longest value that is read. Browsers close a page that asks for an address of over two million. */
export const LONGEST_VALUE = 8000;

/** The same of a picture, which a saved file has. */
const LONGEST_PICTURE = 60_000;

/** Reads what share-link.ts writes, as a query or as names with values. Other names are left to others. */
export function readAddress(given: string | Record<string, string>, origin: string = t("inLink")): Address {
  const reader = new Reader(given, origin);
  for (const name of NAMES.filter((name) => !OTHERS.includes(name))) {
    const value = reader.read(linkOf(name), controlFor(name), OF_THE_PAGE[name] ?? KINDS[name]);
    if (value !== undefined) Object.assign(reader.found.settings, { [linkOf(name)]: value });
  }
  reader.seeds();
  reader.first();
  const { found } = reader;
  if (found.settings.trajectory === "own" && found.settings.sampler !== "vdm") {
    delete found.settings.trajectory;
    reader.report("trajectory", "trajectory", "own", t("vdmAlone"));
  }
  const backend = reader.read("backend", "backend", KINDS.backend);
  if (backend !== undefined) found.backend = backend;
  const label = reader.value("class");
  if (label !== undefined) found.class = label;
  const model = reader.value("model");
  const size = reader.read("size", "model", KINDS.size);
  if (model || size) found.model = withSize(model || BUNDLED, size);
  const hash = reader.value("hash", "model")?.toLowerCase();
  if (hash !== undefined && HASH.test(hash)) found.hash = hash;
  else if (hash !== undefined) reader.report("hash", "model", hash, t("itMustBe", { allowed: t("hashDigits") }));
  const morph = readMorph((name) => reader.value(name, "corners"));
  if (morph) found.morph = morph;
  for (const { name, given, allowed, kept } of morph?.refused ?? []) {
    const control = name === "frames" || name === "at" ? "frames" : "corners";
    reader.report(name, control, given, t("itMustBe", { allowed }), kept);
  }
  const edit = readEdit((name) => reader.value(name, "edit", isPicture(name) ? LONGEST_PICTURE : undefined));
  if (edit) found.edit = edit;
  const train = readTrain(reader.names, (name) => reader.value(name, "run"));
  if (train) found.train = train;
  reader.table();
  return found;
}

/** The class that a link means: "any", "each", a label's name in any case, or its number. Undefined when there is none such. */
export function classFromAddress(asked: string, labels: readonly Label[]): ClassChoice | undefined {
  const wanted = asked.trim().toLowerCase();
  return wanted === "any" || wanted === "each" ? wanted : labelNamed(wanted, labels);
}

/** Takes one value after the other from an address. What it cannot take it reports, and leaves unset. */
class Reader {
  readonly found: Address;
  private readonly given: URLSearchParams;

  constructor(given: string | Record<string, string>, origin: string) {
    this.found = { origin, settings: {}, problems: [] };
    this.given = new URLSearchParams(given);
  }

  /** The names of all parameters. */
  get names(): Iterable<string> {
    return this.given.keys();
  }

  /** A value as it stands; one that is too long is reported, beside its control, and is not there from then on. */
  value(name: string, control = name, most = LONGEST_VALUE): string | undefined {
    const value = this.given.get(name) ?? undefined;
    if (value === undefined || value.length <= most) return value;
    this.given.delete(name);
    this.report(name, control, value, t("tooLong", { n: value.length, most }));
    return undefined;
  }

  /** A value as an option takes it; one that it does not take is reported. */
  read<T>(name: string, control: string, kind: Kind<T>): T | undefined {
    const { parse, values } = kind;
    const value = this.value(name, control);
    if (value === undefined) return undefined;
    const parsed = parse(value.trim());
    if (parsed !== undefined) return parsed;
    const reason = values
      ? t("oneOf", { names: listed(values.map(String), t) })
      : t("itMustBe", { allowed: rangeSaid(kind) });
    this.report(name, control, value, reason);
    return undefined;
  }

  /** One seed per image: they say how many images there are, and stand in place of `seed`. */
  seeds(): void {
    const { settings } = this.found;
    const value = this.value("seeds", "seed");
    if (value === undefined) return;
    const seeds = seedList(value, 1);
    if (!seeds || seeds.length > MOST_IMAGES) {
      this.report("seeds", "seed", value, t("itMustBe", { allowed: t("seedList") }));
      return;
    }
    const { images = seeds.length } = settings;
    if (images !== seeds.length) {
      this.report("images", "images", String(images), t("seedsCount", { seeds: seeds.length, images }));
    }
    settings.seed = seeds[0] ?? 0;
    settings.images = seeds.length;
    if (seeds.length > 1) settings.seeds = seeds;
  }

  /** Which images of the batch of the seed. */
  first(): void {
    const { settings } = this.found;
    const value = this.value("first", "seed");
    if (value === undefined) return;
    const { seed, seeds, images = 1 } = settings;
    const [image = 0, of = 0] = (/^(\d+),\s*(\d+)$/.exec(value) ?? []).slice(1).map(Number);
    if (of > MOST_OF_BATCH || image + images > of) {
      this.report("first", "seed", value, t("itMustBe", { allowed: t("partRange") }));
    } else if (seed === undefined || seeds) {
      this.report("first", "seed", value, t("partWithoutSeed"));
    } else {
      settings.first = [image, of];
      settings.images = images;
    }
  }

  /** What is set for samplers beside the one that is chosen; "1", as in older links, says nothing of them. */
  table(): void {
    const value = this.value("table");
    if (value === undefined) return;
    const parts = value.split(/\s+/).filter((part) => part !== "" && part !== "1");
    const read = parts.map((part) => {
      const [sampler = "", trajectory = "", clip = "", sigmaClip] = part.split("_");
      const given = { sampler, trajectory, clip, ...(sigmaClip !== undefined && { sigmaClip }) };
      const { settings, problems } = readAddress(given, this.found.origin);
      // The controls of such a sampler do not show.
      this.found.problems.push(...problems.map((problem) => ({ ...problem, control: "run" })));
      return settings;
    });
    this.found.table = read.filter(({ sampler }) => sampler !== undefined);
  }

  report(name: string, control: string, given: string, reason: string, kept?: string): void {
    this.found.problems.push({ control, name, given, reason, kept });
  }
}
