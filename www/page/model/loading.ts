/** The stage while something is fetched: what, how many bytes, and the strip that clears as they come. */

import type { LoadProgress } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import { Strip } from "../../ui/strip.ts";
import { announce, find } from "../dom.ts";
import { loading } from "../texts.ts";

/** Shows downloads over the stage. Nothing else on the page moves when it comes and goes. */
export class LoadingView {
  private readonly box = find("loading");
  private readonly text = find("loading-text");
  private readonly bar = find("loading-bar", HTMLProgressElement);
  private readonly strip = new Strip(find("loading-strip", HTMLCanvasElement));
  private readonly go = find("loading-go", HTMLButtonElement);
  private readonly stop = find("loading-cancel", HTMLButtonElement);
  /** What the visitor is asked; nothing else is said until there is an answer. */
  private question: string | undefined;

  constructor() {
    this.strip.start();
  }

  /** Shows it, with a sentence until the first bytes come. With `cancel` there is a button that gives the download up. */
  begin(sentence: string, cancel?: () => void): void {
    this.box.hidden = false;
    this.stop.hidden = cancel === undefined;
    this.stop.onclick = cancel ?? null;
    this.write(sentence, undefined);
  }

  /** Asks whether to download; rejects with the signal's reason. */
  async allow(question: string, signal: AbortSignal | undefined): Promise<void> {
    this.write(question, undefined);
    announce(question);
    this.question = question;
    this.go.hidden = false;
    try {
      await new Promise<void>((resolve, reject) => {
        this.go.onclick = () => resolve();
        signal?.addEventListener("abort", () => reject(signal.reason));
        if (signal?.aborted) reject(signal.reason);
      });
    } finally {
      this.question = undefined;
      this.go.hidden = true;
    }
  }

  /** Shows how much of a file is here. A file that is here whole is being read, or checked. */
  progress(progress: LoadProgress): void {
    if (this.question !== undefined) return;
    const { loaded, total } = progress;
    this.write(loading(progress), total ? loaded / total : undefined);
  }

  /** Takes it away. */
  end(): void {
    this.box.hidden = true;
  }

  private write(sentence: string, fraction: number | undefined): void {
    say(this.text, sentence);
    this.strip.reach(fraction ?? 0);
    if (fraction === undefined) this.bar.removeAttribute("value");
    else this.bar.value = fraction;
  }
}
