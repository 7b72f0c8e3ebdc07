/** The half of the room that learns pictures. Its state is a store (state.ts), what trains is a session (session.ts). */

import type { TemplateResult } from "lit-html";
import type { TrainedFiles } from "../../../src/index.ts";
import { shortened } from "../../../ui/words.ts";
import { download, find } from "../../dom.ts";
import { fitFile } from "../../files/fit.ts";
import type { Running } from "../../model/engine.ts";
import { type KeptModel, MODEL, noteKept } from "../../model/kept.ts";
import { modelName, tell } from "../../model/told.ts";
import { TRAIN, type TrainAsked } from "../../share/train.ts";
import { bytes, cost, t } from "../../texts.ts";
import { valuesIn, written } from "../asked.ts";
import type { Half, HalfSources } from "../half.ts";
import { allKept, forget, keep, kept } from "../keep.ts";
import { Plots, plotsOfLoss } from "../plots.ts";
import { AIM, write } from "../settings.ts";
import type { State } from "../training.ts";
import { type Base, identityOf, refusal } from "./base.ts";
import { Editor } from "./editor.ts";
import { controls } from "./panel.ts";
import { KEPT, PictureSession } from "./session.ts";
import { type KeptPictures, type Learner, MOST, PREDICTED, Store } from "./state.ts";
import { type Hands, view } from "./view.ts";

/** The name of the half in the address. */
export const PICTURES = "pictures";

/** The parameter that says what learns. */
const LEARNER = `${TRAIN}-learner`;

/** The half. */
export class Pictures implements Half {
  readonly progress = new Store();
  private readonly sources: HalfSources;
  private readonly session: PictureSession;
  private readonly plots = new Plots(this.progress, () =>
    plotsOfLoss(this.progress, this.progress.aim.value.objective),
  );
  private readonly hands: Hands;
  /** By the shapes of what they draw. */
  private readonly editors = new Map<string, Editor>();
  /** Models that came of others: where one is used, the training of the other can go on. */
  private readonly descended = new WeakSet<object>();

  /** Nothing is computed yet. */
  constructor(sources: HalfSources) {
    this.sources = sources;
    const { progress: store, plots } = this;
    this.session = new PictureSession(store, {
      changed: sources.onChange,
      failed: (error) => {
        sources.complain(error);
        void this.offer();
      },
    });
    const tried = (work: () => Promise<void>) => () => void work().catch(sources.complain);
    this.hands = {
      plots,
      editor: () => this.editor(),
      goOn: tried(() => this.goOn()),
      forget: () => {
        store.kept.value = undefined;
        void forget(KEPT);
        find("generate").focus();
      },
      use: tried(() => this.withFiles((model) => this.use(model))),
      save: tried(() => this.withFiles((model) => this.save(model))),
      take: (files) => void this.take(files),
      add: ({ floats, shape }) => this.add([floats], shape),
      remove: (index) => {
        store.hold(
          store.shape.value,
          store.own.value.filter((_, i) => i !== index),
        );
      },
      useKept: (model) => tried(() => this.use(model))(),
      saveKept: (model) => tried(() => this.save(model))(),
      forgetKept: (name) => tried(() => forget(name).then(() => this.list()))(),
    };
    const running = sources.running();
    if (running) this.adopt(running);
    void this.list();
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

  adopt(running: Running): void {
    const { diffuser, model, source } = running;
    this.session.leave(diffuser);
    void this.offer();
    if (typeof source === "string" || !this.descended.has(source)) {
      this.progress.adopt({ model, source, name: modelName(running) });
    }
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
    const { learner, aim } = this.progress;
    const own = written(aim.value, AIM);
    return { [TRAIN]: PICTURES, ...(learner.value === "model" && { [LEARNER]: learner.value }), ...own };
  }

  set(asked: TrainAsked, refuse: (what: string) => void): void {
    const { learner, base, aim, asked: chosen } = this.progress;
    const given = asked[LEARNER] ?? "new";
    const known = (["new", "model"] satisfies Learner[]).find((one) => one === given);
    const refused = known === "model" && base.value && refusal(base.value);
    if (!known || refused) refuse(`${LEARNER}=${shortened(given)}`);
    learner.value = refused ? "new" : (known ?? "new");
    write(chosen, valuesIn(asked, AIM, refuse, { prediction: PREDICTED }));
    // Of a network without a variance that is learnt, none is learnt.
    for (const name of ["objective", "variance"] as const) {
      if (aim.value[name] !== chosen[name].value) refuse(`${TRAIN}-${name}=${chosen[name].value}`);
    }
  }

  /** Takes files as pictures to learn from. */
  async take(files: readonly File[]): Promise<void> {
    const { source, ships, shape } = this.progress;
    if (ships.value) source.value = "own";
    const { value } = shape;
    try {
      const fitted = await Promise.all(files.map((file) => fitFile(file, value)));
      this.add(
        fitted.map(({ x }) => x),
        value,
      );
    } catch (error) {
      this.sources.complain(error);
    }
  }

  private add(more: readonly Float32Array[], shape: Base["model"]["info"]["shape"]): void {
    const { progress: store } = this;
    const own = [...store.ownOf(shape), ...more];
    if (own.length > MOST) this.sources.complain(new Error(t("trainTooMany", { most: MOST })));
    else store.hold(shape, own);
  }

  /** The editor for pictures of the shape at hand. */
  private editor(): Editor {
    const { shape } = this.progress;
    const name = String(shape.value);
    const editor = this.editors.get(name) ?? new Editor(shape.value);
    this.editors.set(name, editor);
    return editor;
  }

  /** Offers what an earlier visit has learnt, once there is an engine that can go on with it. */
  private async offer(): Promise<void> {
    const found = await kept<KeptPictures>(KEPT);
    if (this.progress.phase.value === "empty") this.progress.kept.value = found;
  }

  /** Lists the models that are kept. */
  private async list(): Promise<void> {
    const models = await allKept<KeptModel>(MODEL);
    this.progress.models.value = models;
    noteKept(models.map(([name]) => name));
  }

  private async goOn(): Promise<void> {
    const { progress: store } = this;
    const found = store.kept.value;
    const running = this.sources.running();
    if (!found || !running) return;
    if (found.base) store.adopt(await this.baseOf(found.base, found.identity, running));
    store.take(found);
    find("generate").focus();
    await this.sources.begin(found);
  }

  /** The model that a training is of: the one at hand, or where it was. */
  private async baseOf({ source, name }: Omit<Base, "model">, identity: unknown, running: Running): Promise<Base> {
    const here = this.progress.base.value;
    if (here && identityOf(here) === identity) return here;
    const base = { model: await running.diffuser.load(source), source, name };
    if (identityOf(base) !== identity) throw new Error(t("trainBaseChanged", { name }));
    return base;
  }

  /** Keeps the network as it is as a model, by its hash, and does something with it. */
  private async withFiles(does: (model: KeptModel) => Promise<void>): Promise<void> {
    const result = await this.session.result();
    if (!result) return;
    const { files, base } = result;
    const { step, parameters, pictures } = this.progress;
    const told = { step: step.value, base: base?.name ?? "" };
    const model: KeptModel = {
      files,
      name: t(base ? "trainModelFrom" : "trainModelName", told),
      step: step.value,
      parameters: parameters.value ?? 0,
      pictures: pictures.value.length,
    };
    if (base) this.descended.add(files);
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
async function hashOf({ weights }: TrainedFiles): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await weights.arrayBuffer()));
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
