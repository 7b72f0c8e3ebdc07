/** What the page says while it runs: its texts by their keys, and numbers in words. What stands there from the start is in index.html. */

import type { Backend, LoadProgress, Model } from "../src/index.ts";
import type en from "../texts/en.json";
import { has, isAnalytic, paperName, type SamplerName } from "../ui/options.ts";
import { filled, type Say } from "../ui/texts.ts";
import { seedsSaid } from "../ui/words.ts";
import type { Settings } from "./settings.ts";

declare global {
  /** When the page stands there in the visitor's language: see language.ts. */
  var translated: Promise<void> | undefined;
}

/** The parts of the texts that the page's scripts say. */
type Said = Exclude<keyof typeof en, "element" | "markup">;

/** A text of the page. */
export type Key = { [Part in Said]: keyof (typeof en)[Part] }[Said];

const MEGABYTE = 1e6;

/** Devices as they are called in every language. */
export const DEVICES = { cpu: "CPU", webgpu: "WebGPU" } as const;

let language = "en";
let texts: Partial<Record<string, string>> = {};

/** Sets the language, and what is said in it. */
export function speak(tag: string, told: Record<string, string>): void {
  language = tag;
  texts = told;
}

/** Fetches what a room says, which is a file of its own. */
export async function learn(room: string): Promise<void> {
  const answer = await fetch(new URL(`./${room}.${language}.json`, document.baseURI));
  if (!answer.ok) throw new Error(t("roomAbsent", { status: answer.status }));
  const more = await answer.json();
  // Another room may have come meanwhile.
  texts = { ...texts, ...more };
}

/** The text of a key, with its values. */
export const t: Say<Key> = (key, values) => filled(texts[key] ?? key, language, values);

/** A number with so many decimals. */
export function decimal(value: number, digits: number, useGrouping = true): string {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping });
}

/** A number in so many digits; one that is small with its exponent: "0.0213", "4.1e−5". */
export function short(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 0.001)
    return value.toLocaleString(language, { maximumSignificantDigits: digits, useGrouping: false }).replace("-", "−");
  return exponential(value);
}

/** "4.1e−5". */
export function exponential(value: number): string {
  const [mantissa = "", exponent = ""] = value.toExponential(1).split("e");
  return `${decimal(Number(mantissa), 1)}e${exponent}`.replaceAll("-", "−");
}

/** "3.3 MB", "310 kB", "812 bytes". */
export function bytes(count: number): string {
  if (count < 1000) return t("bytes", { n: count });
  if (count < MEGABYTE) return t("kilobytes", { n: Math.round(count / 1000) });
  return t("megabytes", { n: decimal(count / MEGABYTE, 1) });
}

const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** "under a second", "about 12 s", "about 3 min", "about 2 days", "more than a year". */
export function duration(seconds: number): string {
  if (seconds < 1) return t("underASecond");
  if (seconds < 90) return t("aboutSeconds", { n: Math.round(seconds) });
  if (seconds < 1.5 * HOUR) return t("aboutMinutes", { n: Math.round(seconds / 60) });
  if (seconds < 2 * DAY) return t("aboutHours", { n: decimal(seconds / HOUR, seconds < 10 * HOUR ? 1 : 0) });
  if (seconds < 60 * DAY) return t("aboutDays", { n: Math.round(seconds / DAY) });
  return seconds < YEAR ? t("aboutMonths", { n: Math.round((12 * seconds) / YEAR) }) : t("overAYear");
}

/** Time left, short enough for a read-out: "12 s", "1:45 min", "2:30 h", "9 days". */
export function left(seconds: number): string {
  if (seconds < 60) return t("seconds", { n: Math.ceil(seconds) });
  const clock = (units: number) => `${Math.floor(units / 60)}:${String(units % 60).padStart(2, "0")}`;
  if (seconds < HOUR) return t("minutes", { n: clock(Math.round(seconds)) });
  if (seconds < DAY) return t("hours", { n: clock(Math.round(seconds / 60)) });
  return seconds < YEAR ? t("days", { n: Math.round(seconds / DAY) }) : t("overAYear");
}

/** "58 ms", "1.20 s". */
export function milliseconds(ms: number): string {
  if (ms >= 1000) return t("seconds", { n: decimal(ms / 1000, 2) });
  return t("milliseconds", { n: decimal(ms, ms < 10 ? 1 : 0) });
}

/** "0.8 s", "12 s", "2:10 min". */
export function took(seconds: number): string {
  if (seconds >= 100) return left(seconds);
  return t("seconds", { n: decimal(seconds, seconds < 10 ? 1 : 0) });
}

/** "38 %". */
export function percent(fraction: number): string {
  return t("percent", { n: Math.round(100 * fraction) });
}

/** A ratio, of signal to noise or of steps to seconds, in two digits; whole numbers from 10 on. */
export function ratio(snr: number): string {
  if (!Number.isFinite(snr)) return "∞";
  return snr >= 10 ? decimal(snr, 0) : short(snr, 2);
}

/** A timestep: one that was trained is whole, VDM's lie between. */
export function timestep(at: number): string {
  return Number.isInteger(at) ? String(at) : decimal(at, 1);
}

/** "1.6 M parameters, 28 × 28". */
export function modelSize({
  shape: [channels, height, width],
  parameters,
}: Pick<Model["info"], "shape" | "parameters">): string {
  const size =
    parameters >= 1e6
      ? t("modelMillions", { n: decimal(parameters / 1e6, 1), width, height })
      : t("modelThousands", { n: Math.round(parameters / 1000), width, height });
  return channels === 3 ? t("modelColour", { size }) : size;
}

/** What is being fetched, and how much of it is here; what is done with it once it is here whole. */
export function loading({ file, loaded, total }: LoadProgress): string {
  if (/\.json$/.test(file)) return t("loadingModel");
  const weights = /\.safetensors$/.test(file);
  if (total !== undefined && loaded >= total) return t(weights ? "readingWeights" : "startingEngine");
  const [unit, digits] = (total ?? 0) < MEGABYTE ? [1000, 0] : [MEGABYTE, 1];
  const here =
    total === undefined ? bytes(loaded) : t("bytesOf", { loaded: decimal(loaded / unit, digits), total: bytes(total) });
  return t(weights ? "loadingWeights" : "loadingEngine", { bytes: here });
}

/** What a sampler does to the picture, in one or two sentences. */
export function samplerHint(sampler: SamplerName, eta: number): string {
  if (sampler === "ddpm") return t("hintDdpm");
  if (sampler === "vdm") return t("hintVdm");
  if (isAnalytic(sampler)) return t("hintAnalytic");
  return t(eta > 0 ? "hintDdimEta" : "hintDdim");
}

/** A sampler with what it is set to: "DDIM", "DDIM η 0.5", "DDPM small", "Analytic-DDIM η 0.5", "VDM". */
export function samplerName({ sampler, eta, variance }: Pick<Settings, "sampler" | "eta" | "variance">): string {
  const named = paperName(sampler);
  if (has(sampler, "variance")) return `${named} ${variance}`;
  return has(sampler, "eta") && eta > 0 ? `${named} η ${eta.toLocaleString(language)}` : named;
}

/** The line under the pictures: what they were made with. */
export function caption(s: Settings, steps: number, className: string): string {
  const guidance = s.guidance === 1 ? "" : t("guidanceIs", { n: s.guidance });
  return joined(samplerName(s), t("steps", { n: steps }), className, guidance, seedsSaid(t, s, s.images));
}

/** The parts of a line that say something. */
export function joined(...parts: string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}

/** What a run will cost, before it is paid; `what` it makes, such as "9 frames". */
export function cost(seconds: number, what: string): string {
  return capital(t("cost", { time: duration(seconds), what }));
}

/** With a capital. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The picture's name for those who do not see it. */
export function alternative(images: number, step: number, steps: number, which: "x0" | "xt"): string {
  if (step === 0) return t("pictureNoise", { images });
  return t(which === "x0" ? "picturePredicted" : "pictureNoisy", { images, step, steps });
}

/** What loading a model from an address will cost; undefined when its server does not say. */
export function modelCost(size: number | undefined): string {
  return size === undefined ? t("modelCostUnknown") : t("modelCost", { bytes: bytes(size) });
}

/** "CPU", "burn on WebGPU". */
export function backendName({ kind, device }: Pick<Backend, "kind" | "device">): string {
  return kind === "burn" ? t("burnOn", { device: DEVICES[device] }) : DEVICES[device];
}
