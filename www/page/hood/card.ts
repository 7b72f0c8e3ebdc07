/** The cards of the view "Under the hood". One that computes has a button that begins, another in its place that cancels, and a bar. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { html, nothing, type TemplateResult } from "lit-html";
import type { Diffuser, Likelihood, Model } from "../../src/index.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import { Task } from "../../ui/task.ts";
import type { Worker } from "../bench.ts";
import { announce, find } from "../dom.ts";
import { sentenceOf } from "../panel/problems.ts";
import { type Key, t } from "../texts.ts";

/** The pictures of a finished run. */
export interface Finished {
  /** Bytes in NCHW order. */
  pixels: Uint8Array;
  shape: PictureShape;
  /** What it was made with. */
  made: string;
}

/** What a card needs to know of the page at the moment. */
export interface Surroundings {
  model: Model;
  diffuser: Diffuser;
  run: Finished | undefined;
  /** Milliseconds of one call of the network for one picture; undefined when never measured. */
  perCall: number | undefined;
}

/** What the noise levels along a trajectory are measured in. */
export type LevelAxis = keyof Pick<Likelihood, "logSnr"> | "t";

/** What the cards have in common. */
export interface Shared {
  /** How the page stands; undefined while there is no engine. */
  now: ReadonlySignal<Surroundings | undefined>;
  /** The units that are chosen. */
  axis: Signal<LevelAxis>;
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** The model has a table of Analytic-DPM that it had not. */
  onTable(): void;
  /** What only a fresh engine can mend. */
  onError(error: unknown): void;
}

/** A card, with its title, a button that leads to its papers, and others beside it. */
export function card(id: string, title: Key, body: unknown, paper = "", beside: unknown = nothing, look = "wide") {
  const papers = html`<button type="button" class="quiet" popovertarget="papers" data-section=${paper}>${t("paper")}</button>`;
  return html`<figure class="card ${look}" id=${id}>
    <div class="head"><h2>${t(title)}</h2>${paper === "" ? nothing : papers}${beside}</div>
    ${body}
  </figure>`;
}

/** A card that computes. Its elements' ids begin with its name. */
export abstract class Card implements Worker {
  protected readonly name: string;
  protected readonly shared: Shared;
  protected readonly busy = signal(false);
  /** What is said beside the button: how far it is, or how it ended. */
  protected readonly said = signal("");
  /** What is wrong. */
  protected readonly problem = signal("");
  private readonly done = signal(0);
  private readonly task = new Task({
    changed: () => this.changed(),
    ended: (outcome) =>
      outcome === "stopped" ? this.tell(t("cancelled")) : outcome === "complete" && this.completed(),
    failed: (error) => this.failed(error),
  });

  constructor(name: string, shared: Shared) {
    this.name = name;
    this.shared = shared;
  }

  /** The card. */
  abstract view(): TemplateResult;

  /** Computes what the card is for, where it can. */
  protected abstract begin(): Promise<void>;

  /** What is said while it computes nothing, such as what it will cost. */
  protected abstract rest(): string;

  /** Follows the page. */
  follow(): void {
    if (!this.busy.value) this.said.value = "";
  }

  /** Ends within one step; what is found stays. */
  stop(): void {
    this.task.cancel();
  }

  /** What begins and what cancels, with what stands before and between them, how far it is, and what is wrong. */
  protected controls(
    verb: Key,
    bar: Key,
    can: boolean,
    { before = nothing as unknown, after = nothing as unknown } = {},
  ) {
    const { name, busy, said, problem, done } = this;
    const line = busy.value ? said.value : `${said.value} ${this.rest()}`.trim();
    return html`<div class="line">${before}
        <button type="button" class="plain" id="${name}-begin" ?disabled=${busy.value || !can} ?hidden=${busy.value} @click=${() => this.begin()}>${t(verb)}</button>
        <button type="button" class="plain" id="${name}-cancel" ?hidden=${!busy.value} @click=${() => this.stop()}>${t("cancel")}</button>
        ${after}<span class="cost" id="${name}-cost">${line}</span>
      </div>
      <progress id="${name}-progress" max="1" .value=${done.value} aria-label=${t(bar)} ?hidden=${!busy.value}></progress>
      <p class="problem" id="${name}-problem" role="alert">${problem.value}</p>`;
  }

  /** Says how much is done, and shows it, 0 to 1. */
  protected progress(done: number, sentence: string): void {
    this.done.value = done;
    this.said.value = sentence;
  }

  /** Computes, unless something is under way. */
  protected async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.busy.value) return;
    this.problem.value = "";
    await this.task.run((signal, begun) => {
      begun();
      return work(signal);
    });
  }

  /** Says how it ended. */
  protected tell(sentence: string): void {
    this.said.value = sentence;
    announce(sentence);
  }

  /** It has done all that it was asked for. */
  protected completed(): void {}

  private failed(error: unknown): void {
    this.problem.value = sentenceOf(error);
    this.shared.onError(error);
  }

  private changed(): void {
    const { name, busy, task } = this;
    const [from, to] = [`${name}-begin`, `${name}-cancel`];
    const focused = document.activeElement?.id === (task.busy ? from : to);
    this.progress(0, "");
    busy.value = task.busy;
    if (focused) find(task.busy ? to : from).focus();
  }
}
