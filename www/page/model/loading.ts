/** The stage while something is fetched: what, how many bytes, and the strip that clears as they come. */

import type { LoadProgress } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import { Strip } from "../../ui/strip.ts";
import { find } from "../dom.ts";
import { loading } from "../texts.ts";

/** Shows downloads over the stage. Nothing else on the page moves when it comes and goes. */
export class LoadingView {
  private readonly box = find("loading");
  private readonly text = find("loading-text");
  private readonly bar = find("loading-bar", HTMLProgressElement);
  private readonly strip = new Strip(find("loading-strip", HTMLCanvasElement));

  constructor() {
    this.strip.start();
  }

  /** Shows it, with a sentence until the first bytes come. */
  begin(sentence: string): void {
    this.box.hidden = false;
    this.write(sentence, undefined);
  }

  /** Shows how much of a file is here. A file that is here whole is being read, or checked. */
  progress(progress: LoadProgress): void {
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
