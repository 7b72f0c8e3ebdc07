/** A room: a view that computes and is fetched when it is first shown. Until it is there, this stands in its place. */

import type { Bench } from "./bench.ts";
import type { Running } from "./model/engine.ts";

/** Stands for a room of some kind, before it is fetched and afterwards. */
export class Room<B extends Bench> implements Bench {
  readonly verb: string;
  private readonly fetch: () => Promise<B>;
  private readonly failed: (error: unknown) => void;
  private coming: Promise<B> | undefined;
  private here: B | undefined;
  private seen = false;

  /** `fetch` brings the room; `failed` hears that it could not be fetched, and the next visit tries again. */
  constructor(verb: string, fetch: () => Promise<B>, failed: (error: unknown) => void) {
    this.verb = verb;
    this.fetch = fetch;
    this.failed = failed;
  }

  /** The room, once it is there; undefined where it cannot be fetched, which is then said. */
  async enter(): Promise<B | undefined> {
    this.coming ??= this.fetch();
    try {
      this.here = await this.coming;
    } catch (error) {
      this.coming = undefined;
      this.failed(error);
    }
    return this.here;
  }

  /** The room, where it is there already. */
  get open(): B | undefined {
    return this.here;
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
