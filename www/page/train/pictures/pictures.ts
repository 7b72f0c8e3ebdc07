/** The half of the room that learns pictures. Its state is a store (state.ts), what trains is a session (session.ts). */

import type { TemplateResult } from "lit-html";
import type { ModelFiles } from "../../../src/index.ts";
import { download, find } from "../../dom.ts";
import type { Running } from "../../model/engine.ts";
import { type KeptModel, MODEL, noteKept } from "../../model/kept.ts";
import { tell } from "../../model/told.ts";
import { fitFile } from "../../pictures.ts";
import { TRAIN, type TrainAsked } from "../../share/train.ts";
import { bytes, cost, t } from "../../texts.ts";
import type { Half, HalfSources } from "../half.ts";
import { allKept, forget, keep, kept } from "../keep.ts";
import { Plots, plotsOfLoss } from "../plots.ts";
import type { State } from "../training.ts";
import { Editor } from "./editor.ts";
import { controls } from "./panel.ts";
import { KEPT, PictureSession } from "./session.ts";
import { type KeptPictures, MOST, SHAPE, Store } from "./state.ts";
import { type Hands, view } from "./view.ts";

/** The name of the half in the address. */
export const PICTURES = "pictures";

/** The half. */
export class Pictures implements Half {
  readonly progress = new Store();
  private readonly sources: HalfSources;
  private readonly session: PictureSession;
  private readonly plots = new Plots(this.progress, () => plotsOfLoss(this.progress));
  private readonly hands: Hands;

  /** Nothing is computed yet. */
  constructor(sources: HalfSources) {
    this.sources = sources;
    const { progress: store, plots } = this;
    this.session = new PictureSession(store, { changed: sources.onChange, failed: sources.complain });
    const tried = (work: () => Promise<void>) => () => void work().catch(sources.complain);
    this.hands = {
      plots,
      editor: new Editor(),
      goOn: tried(() => this.goOn()),
      forget: () => {
        store.kept.value = undefined;
        void forget(KEPT);
        find("generate").focus();
      },
      use: tried(() => this.withFiles((model) => this.use(model))),
      save: tried(() => this.withFiles((model) => this.save(model))),
      take: (files) => void this.take(files),
      add: (x) => this.add([x]),
      remove: (index) => {
        store.own.value = store.own.value.filter((_, i) => i !== index);
      },
      useKept: (model) => tried(() => this.use(model))(),
      saveKept: (model) => tried(() => this.save(model))(),
      forgetKept: (name) => tried(() => forget(name).then(() => this.list()))(),
    };
    void this.offer();
  }

  get busy(): boolean {
    return this.session.busy;
  }

  async begin(running: Running, from?: State): Promise<void> {
    this.progress.kept.value = undefined;
    // Another time may be given: another network then fits.
    if (!from && !this.progress.goesOn) this.progress.plan.value = undefined;
    await this.session.begin(running.diffuser, from);
  }

  stop(): void {
    this.session.stop();
  }

  price(): string {
    const { minutes, trained, goesOn, download } = this.progress;
    const time = cost(60 * Number(minutes.value), t("trainCountPictures", { n: this.progress.pictures.value.length }));
    if (trained.value) return goesOn ? time : t("trainAnewPictures");
    return download.value === undefined ? time : `${t("trainDownload", { bytes: bytes(download.value) })} ${time}`;
  }

  adopt({ diffuser }: Running): void {
    this.session.leave(diffuser);
  }

  appear(): void {
    this.plots.show();
  }

  view(): TemplateResult {
    return view(this.progress, this.hands);
  }

  controls(): TemplateResult {
    return controls(this.progress, this.hands);
  }

  get asked(): TrainAsked {
    return { [TRAIN]: PICTURES };
  }

  set(): void {}

  /** Takes files as pictures to learn from. */
  async take(files: readonly File[]): Promise<void> {
    try {
      const fitted = await Promise.all(files.map((file) => fitFile(file, SHAPE)));
      this.add(fitted.map(({ x }) => x));
    } catch (error) {
      this.sources.complain(error);
    }
  }

  private add(more: readonly Float32Array[]): void {
    const { own, source } = this.progress;
    source.value = "own";
    if (own.value.length + more.length > MOST) this.sources.complain(new Error(t("trainTooMany", { most: MOST })));
    else own.value = [...own.value, ...more];
  }

  /** Offers what earlier visits have learnt. */
  private async offer(): Promise<void> {
    const found = await kept<KeptPictures>(KEPT);
    if (this.progress.phase.value === "empty") this.progress.kept.value = found;
    await this.list();
  }

  /** Lists the models that are kept. */
  private async list(): Promise<void> {
    const models = await allKept<KeptModel>(MODEL);
    this.progress.models.value = models;
    noteKept(models.map(([name]) => name));
  }

  private async goOn(): Promise<void> {
    const found = this.progress.kept.value;
    if (!found || !this.sources.running()) return;
    this.progress.take(found);
    find("generate").focus();
    await this.sources.begin(found);
  }

  /** Keeps the network as it is as a model, by its hash, and does something with it. */
  private async withFiles(does: (model: KeptModel) => Promise<void>): Promise<void> {
    const files = await this.session.files();
    if (!files) return;
    const { step, parameters, pictures } = this.progress;
    const model: KeptModel = {
      files,
      name: t("trainModelName", { step: step.value }),
      step: step.value,
      parameters: parameters.value ?? 0,
      pictures: pictures.value.length,
    };
    await keep(`${MODEL}${await hashOf(files)}`, model);
    await this.list();
    await does(model);
  }

  private async use({ files, name }: KeptModel): Promise<void> {
    tell(files, { name });
    await this.sources.use(files);
  }

  private async save({ files, step }: KeptModel): Promise<void> {
    const { zipped } = await import("./zip.ts");
    download(await zipped(files), `unnoise-model-${step}-steps.zip`);
  }
}

/** The first digits of the SHA-256 of a model's weights, which name it. */
async function hashOf({ weights }: ModelFiles): Promise<string> {
  const buffer = weights instanceof Blob ? await weights.arrayBuffer() : weights;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
