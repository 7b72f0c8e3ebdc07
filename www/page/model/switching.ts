/** Brings in engines and models: at the start, on request, and after a crash. What fails is said beside its control. */

import type { Model, ModelWarning } from "../../src/index.ts";
import { classesOf, labelNamed } from "../../ui/labels.ts";
import { paperName, type Value } from "../../ui/options.ts";
import { listed, shortened } from "../../ui/words.ts";
import { check, find, write } from "../dom.ts";
import { chipState } from "../panel/chip.ts";
import { chooseClass, chosenClass, className, offerClasses } from "../panel/classes.ts";
import { limitSteps, writeControls } from "../panel/controls.ts";
import { forgetOfModel, isSet, learnsVariance, takeDefaults } from "../panel/defaults.ts";
import {
  asSentence,
  clearProblem,
  codeOf,
  ignored,
  sentenceOf,
  showAddressProblems,
  showProblem,
} from "../panel/problems.ts";
import { doWithoutTable, offerAnalytic } from "../panel/samplers.ts";
import { type Address, classFromAddress } from "../share/address.ts";
import { backendName, bytes, modelSize, t } from "../texts.ts";
import { BUNDLED, BUNDLED_CLASS, BUNDLED_NAME, sourceAt } from "./bundled.ts";
import { Engine, type Running, type Source, weigh, weightsFile } from "./engine.ts";
import { keptModel } from "./kept.ts";
import { LoadingView } from "./loading.ts";
import { modelName, toldOf } from "./told.ts";

/** Errors that are about the back end that was asked for, not about the model. */
const BACKEND_FAULTS = ["webgpu-unavailable", "self-test-failed", "module-failed", "device"];

/** Holds the engine, and exchanges what is in it. */
export class Switching {
  readonly engine: Engine;
  /** Whether fetching has begun. */
  begun = false;
  /** Whether the engine that is there can be used. */
  alive = true;
  private readonly loading = new LoadingView();
  private readonly onAdopt: (running: Running) => void;
  private bringing: AbortController | undefined;
  /** Of the model whose defaults the controls took. */
  private source: Source | undefined;

  /** `onAdopt` hears of every engine or model that takes the place of another, `onMove` of a back end that the library itself changes. */
  constructor(onAdopt: (running: Running) => void, onMove: () => void) {
    this.engine = new Engine({
      moved: onMove,
      progress: (progress) => this.loading.progress(progress),
      allow: (size, source, signal) =>
        this.loading.allow(t("askDownload", { name: shortened(source), bytes: bytes(size) }), signal),
    });
    this.onAdopt = onAdopt;
  }

  /** Fetches nothing yet, and says what fetching will cost. */
  async rest(): Promise<void> {
    chipState("idle");
    this.loading.begin(t("frugal", { what: t("frugalUnknown") }));
    const weights = `${BUNDLED}unet/${weightsFile("fp16")}`;
    const sizes = await Promise.all([weigh("./pkg/cpu/unnoise_bg.wasm"), weigh(weights)]);
    const total = sizes.reduce((sum, size) => (sum ?? 0) + (size ?? 0), 0);
    if (total && !this.begun) this.loading.begin(t("frugal", { what: bytes(total) }));
  }

  /** Opens the first engine. What the address asks for in vain is said, and what works is taken instead. */
  async open(address: Address): Promise<boolean> {
    this.begun = true;
    chipState("loading");
    this.loading.begin(t("starting"));
    try {
      const source = await sourceOf(address);
      await this.openOrFallBack(address.backend ?? "auto", source, source === BUNDLED ? undefined : this.start());
      this.settle(address);
      return true;
    } catch (error) {
      // What the browser lacks it will lack again.
      this.dead(sentenceOf(error), codeOf(error) === "unsupported" ? "" : t("tryAgain"));
      return false;
    } finally {
      this.loading.end();
    }
  }

  /** Exchanges the model. True when it went well; otherwise the old one stays, and the reason is said. */
  async load(given: Source): Promise<boolean> {
    const source = typeof given === "string" ? sourceAt(given) : given;
    clearProblem("model");
    const kept = t("modelKept", { name: find("model-name").textContent ?? "" });
    return this.exchange(
      async (signal) => {
        const running = await this.engine.load(source, signal);
        forgetOfModel();
        return running;
      },
      (error) => showProblem("model", `${sentenceOf(error)} ${kept}`),
    );
  }

  /** Whether this is what runs, and nothing else is on its way; a wish for what was taken by itself is noted. */
  has(backend: Value<"backend">): boolean {
    const { running } = this.engine;
    if (!running || !find("loading").hidden) return false;
    if (backend === running.diffuser.backend.kind) this.engine.ask(backend);
    return backend === running.backend || backend === running.diffuser.backend.kind;
  }

  /** Exchanges the back end. A failure leaves the one that runs. */
  async switchBackend(backend: Value<"backend">): Promise<void> {
    const { running } = this.engine;
    if (!running) return;
    clearProblem("backend");
    const kept = t("backendKept", { name: backendName(running.diffuser.backend) });
    await this.exchange(
      (signal) => this.engine.open(backend, running.source, signal),
      (error) => {
        check("backend", running.backend);
        showProblem("backend", `${sentenceOf(error)} ${kept}`);
      },
    );
  }

  /** A fresh engine after a crash; the whole page where there was none. */
  async restart(): Promise<boolean> {
    find("crash").hidden = true;
    if (!this.engine.running) {
      location.reload();
      return false;
    }
    return this.exchange(
      (signal) => this.engine.restart(signal),
      (error) => this.dead(sentenceOf(error), t("tryAgain")),
    );
  }

  /** Says over the pictures that nothing runs, with the one button that helps, where one does. */
  dead(sentence: string, remedy: string): void {
    this.alive = false;
    chipState("failed");
    find("crash").hidden = false;
    write("crash-text", sentence);
    write("restart", remedy);
    find("restart").hidden = remedy === "";
  }

  /** Brings in something new; only the newest of several requests is heard of, and the others are given up. */
  private async exchange(
    bring: (signal: AbortSignal) => Promise<Running>,
    complain: (error: unknown) => void,
  ): Promise<boolean> {
    const signal = this.start();
    try {
      this.adopt(await bring(signal));
      return true;
    } catch (error) {
      if (signal === this.bringing?.signal) complain(error);
      return false;
    } finally {
      if (signal === this.bringing?.signal) this.loading.end();
    }
  }

  /** Gives up what is being brought in, and shows that something else is: the button beside it aborts the signal. */
  private start(): AbortSignal {
    const controller = new AbortController();
    const cancel = () => controller.abort(new Error(t("cancelled")));
    this.bringing?.abort();
    this.bringing = controller;
    this.loading.begin(t("starting"), cancel);
    return controller.signal;
  }

  private async openOrFallBack(backend: Value<"backend">, source: Source, signal?: AbortSignal): Promise<void> {
    try {
      this.adopt(await this.engine.open(backend, source, signal));
    } catch (error) {
      const backendFailed = backend !== "auto" && BACKEND_FAULTS.includes(codeOf(error));
      if (!backendFailed && source === BUNDLED) throw error;
      this.loading.begin(t("starting"));
      const instead = backendFailed ? this.engine.open("auto", source, signal) : this.engine.open(backend, BUNDLED);
      const running = await instead;
      this.adopt(running);
      const name = backendName(running.diffuser.backend);
      if (backendFailed) showProblem("backend", `${sentenceOf(error)} ${t("backendInstead", { name })}`);
      else showProblem("model", `${sentenceOf(error)} ${t("modelInstead", { name: BUNDLED_NAME })}`);
    }
  }

  /** Shows what a new engine or model is, and what it can be asked for. */
  private adopt(running: Running): void {
    this.alive = true;
    const { source, backend, model, note } = running;
    const { scheduler } = model.info;
    check("backend", backend);
    const told = toldOf(source);
    write("model-name", modelName(running));
    write("model-size", modelSize(model.info));
    const notes = [
      ...model.info.warnings.map((warning) => warningOf(warning, model.info)),
      told.part,
      told.choice,
      note,
    ];
    write("model-warnings", notes.filter(Boolean).join(" "));
    find("about-bundled").hidden = source !== BUNDLED;
    offerClasses(model.info);
    offerAnalytic(model.info.hasAnalytic);
    find("variance-learned").hidden = !learnsVariance(scheduler);
    if (source !== this.source) takeDefaults(model.info);
    if (!model.info.hasAnalytic && doWithoutTable() && isSet("sampler")) showProblem("sampler", t("analyticAbsent"));
    this.source = source;
    limitSteps(scheduler.num_train_timesteps ?? 1000);
    this.onAdopt(running);
  }

  /**
   * The model that must be loaded for an address; undefined where the one that is there will do. Files from this computer
   * have no address: they stay.
   */
  async sourceFor({ model, hash }: Address): Promise<Source | undefined> {
    const { running } = this.engine;
    if (!running) return undefined;
    const same = hash !== undefined && running.model.info.hash.startsWith(hash);
    if (same || (model === undefined && typeof running.source !== "string")) return undefined;
    const asked = await sourceOf({ model, hash });
    return asked === running.source ? undefined : asked;
  }

  /** Sets what an address asks for and only a loaded model can judge. What cannot be had is said beside its control. */
  settle(address: Address): void {
    const { running } = this.engine;
    if (!running) return;
    // Only now do the controls say what is kept in place of it.
    showAddressProblems(address);
    const { info } = running.model;
    const { variance, clip, trajectory } = address.settings;
    if (variance === "learned" && !learnsVariance(info.scheduler)) showProblem("variance", t("varianceAbsent"));
    else if (variance) writeControls({ variance });
    if (clip) writeControls({ clip });
    if (trajectory === "optimal" && !info.hasAnalytic) showProblem("trajectory", t("optimalAbsent"));
    const { hash } = info;
    const asked = sourceAt(address.model ?? BUNDLED) === running.source || typeof running.source !== "string";
    if (asked && address.hash !== undefined && !hash.startsWith(address.hash)) {
      showProblem("model", t("otherHash", { asked: address.hash, found: hash.slice(0, address.hash.length) }));
    }
    this.chooseClass(address, running);
  }

  /** Chooses the class that a first visit begins with, where the address wants none. */
  beginWithClass(wanted: string | undefined): void {
    const { running } = this.engine;
    if (wanted === undefined && running?.source === BUNDLED)
      chooseClass(labelNamed(BUNDLED_CLASS ?? "", classesOf(running.model.info)) ?? "each");
  }

  private chooseClass(address: Address, running: Running): void {
    if (address.class === undefined) return;
    const labels = classesOf(running.model.info);
    const choice = classFromAddress(address.class, labels);
    if (choice !== undefined) {
      writeControls({ class: choice });
      return;
    }
    const reason = t("oneOf", { names: listed(["any", "each", ...labels.map(({ name }) => name)], t) });
    const kept = className(chosenClass(), running.model.info);
    showProblem("class", ignored({ name: "class", given: address.class, reason, kept }, address.origin));
  }
}

/** The model that an address asks for: one that it names, or one that was trained here, by its hash. */
async function sourceOf({ model, hash }: { model?: string | undefined; hash?: string | undefined }): Promise<Source> {
  return model === undefined ? ((await keptModel(hash)) ?? BUNDLED) : sourceAt(model);
}

/** A warning about a model in the page's language, where that has it. */
function warningOf({ code, message }: ModelWarning, { madeFor, folder }: Model["info"]): string {
  if (code === "weights-choice" && folder) {
    return t("partChoice", { address: new URL("unet_ema/", folder).href + new URL(folder).search });
  }
  if (code !== "scheduler-class" || !madeFor) return t("libraryWarning", { message: asSentence(message) });
  return t("madeFor", { scheduler: madeFor.scheduler, sampler: paperName(madeFor.nearest) });
}
