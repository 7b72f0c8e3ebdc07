/** A room: a view that is fetched when it is first shown. Until it is there, this stands in its place. */

import type { Bench } from "./bench.ts";
import type { Running } from "./model/engine.ts";
import { type Control, sentenceOf, showProblem } from "./panel/problems.ts";
import { learn } from "./texts.ts";

/** Stands for a view of some kind, before it is fetched and afterwards. */
export class Later<B> {
  private readonly fetch: () => Promise<B>;
  private readonly control: Control;
  private coming: Promise<B> | undefined;
  protected here: B | undefined;

  /**
   * `name` is the part of the texts that the view says, `code` fetches what makes it. What cannot be fetched is said beside `control`,
   * and the next visit tries again.
   */
  constructor(name: string, code: () => Promise<() => B>, control: Control) {
    this.fetch = async () => {
      const [make] = await Promise.all([code(), learn(name)]);
      return make();
    };
    this.control = control;
  }

  /** The view, once it is there; undefined where it cannot be fetched, which is then said. */
  async enter(): Promise<B | undefined> {
    this.coming ??= this.fetch();
    try {
      this.here = await this.coming;
    } catch (error) {
      this.coming = undefined;
      showProblem(this.control, sentenceOf(error));
    }
    return this.here;
  }

  /** The view, where it is there already. */
  get open(): B | undefined {
    return this.here;
  }
}

/** Stands for one that computes when the panel's button is pressed; `verb` is what that says. */
export class Room<B extends Bench> extends Later<B> implements Bench {
  readonly verb: string;
  private seen = false;

  constructor(verb: string, ...later: ConstructorParameters<typeof Later<B>>) {
    super(...later);
    this.verb = verb;
  }

  get busy(): boolean {
    return this.here?.busy ?? false;
  }

  get fraction(): number {
    return this.here?.fraction ?? 0;
  }

  async begin(): Promise<void> {
    await (await this.enter())?.begin();
  }

  stop(): void {
    this.here?.stop();
  }

  price(running: Running): string | undefined {
    return this.here?.price(running);
  }

  adopt(running: Running): void {
    this.here?.adopt(running);
  }

  consider(): void {
    this.here?.consider();
  }

  appear(seen: boolean): void {
    this.seen = seen;
    if (seen) void this.enter().then((room) => room?.appear(this.seen));
    else this.here?.appear(false);
  }
}
