/**
 * Starts the further workers of a CPU worker for it. They are not started inside that worker, because there `new Worker` sometimes
 * never returns in Firefox 140: 6 of 400 times on a busy machine.
 */
import { expose, transfer } from "comlink";
import type { Recruiter } from "../protocol.ts";
import { disposed } from "./client.ts";
import { letEnd } from "./node.ts";
import type { Opening, Thread } from "./open.ts";

export class Further {
  readonly #open: Opening;
  readonly #onCrash: (number: number) => void;
  readonly #threads = new Map<number, Thread>();
  #last = 0;
  #isOver = false;

  /** `open` starts one, and `onCrash` is told which has ended by itself. */
  constructor(open: Opening, onCrash: (number: number) => void) {
    this.#open = open;
    this.#onCrash = onCrash;
  }

  /** A port that the worker asks: it moves there. */
  port(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const recruiter: Recruiter = { open: () => this.#start(), end: (number) => this.#end(number) };
    expose(recruiter, port1);
    letEnd(port1);
    return transfer(port2, [port2]);
  }

  /** Ends all. */
  stop(): void {
    this.#isOver = true;
    for (const number of [...this.#threads.keys()]) this.#end(number);
  }

  async #start() {
    const thread = await this.#open("unnoise, further");
    if (this.#isOver) {
      thread.terminate();
      throw disposed();
    }
    thread.hold?.(false);
    this.#last += 1;
    const number = this.#last;
    this.#threads.set(number, thread);
    thread.addEventListener("error", (event: Event) => {
      event.preventDefault();
      this.#end(number);
      this.#onCrash(number);
    });
    const { port1, port2 } = new MessageChannel();
    thread.postMessage(port1, [port1]);
    return transfer({ number, port: port2 }, [port2]);
  }

  #end(number: number): void {
    this.#threads.get(number)?.terminate();
    this.#threads.delete(number);
  }
}
