/** The worker's turnstile: one call at a time, and none hangs once the engine has crashed or its device is gone. */
import { hasCode, messageOf, UnnoiseError } from "../errors.ts";

const RESTART = "Create a new Diffuser and load the model again.";

/** How long after a failed read the browser may take to say that the device is lost, in milliseconds. */
const LOSS_NOTICE = 100;

/** Lets calls to the engine through, one after the other. */
export class Guard {
  #last: Promise<unknown> = Promise.resolve();
  #rejectPending: ((reason: UnnoiseError) => void) | undefined;
  #broken: UnnoiseError | undefined;
  #panic: string | undefined;

  /** Does the work once all earlier work is done; rejects at once where the engine breaks meanwhile. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#attempt(work));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Rejects the pending call and all later ones. */
  break(reason: UnnoiseError): void {
    this.#broken ??= reason;
    this.#rejectPending?.(this.#broken);
  }

  /** Breaks where the engine traps outside of a call, as it does while it waits for a GPU; notes what it says of it. Node.js has no such events, and no GPU. */
  watchPanics(scope: Partial<Pick<WorkerGlobalScope, "addEventListener">>): void {
    const trapped = (event: Event, error: unknown) => {
      if (!isTrap(error)) return;
      event.preventDefault();
      this.break(this.#crash(error));
    };
    scope.addEventListener?.("error", (event) => trapped(event, event.error));
    scope.addEventListener?.("unhandledrejection", (event) => trapped(event, event.reason));
    const log = console.error;
    console.error = (...what: unknown[]) => {
      const [said] = what;
      if (typeof said === "string" && said.includes("panicked at")) this.#panic = firstLines(said);
      log(...what);
    };
  }

  /** Breaks where a graphics device that is opened from now on gets lost. */
  watchDevices(): void {
    if (!("GPUAdapter" in globalThis)) return;
    const lost = (info: GPUDeviceLostInfo) => this.break(deviceLost(info));
    const prototype = GPUAdapter.prototype;
    const requestDevice = prototype.requestDevice;
    prototype.requestDevice = async function (descriptor) {
      const device = await requestDevice.call(this, descriptor);
      void device.lost.then(lost);
      return device;
    };
  }

  #attempt<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      this.#rejectPending = reject;
      Promise.resolve()
        .then(work)
        .then(resolve, async (error: unknown) => {
          if (!hasCode(error)) this.break(this.#crash(error));
          else if (error.code === "device") await new Promise((told) => setTimeout(told, LOSS_NOTICE));
          reject(this.#broken ?? error);
        });
    }).finally(() => {
      this.#rejectPending = undefined;
    });
  }

  #crash(error: unknown): UnnoiseError {
    const message = `the engine crashed: ${this.#panic ?? messageOf(error)}`;
    return new UnnoiseError("engine-crashed", message, { hint: RESTART, cause: error });
  }
}

/** Whether this is how a module dies: a trap, or a stack that is used up. */
function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

/** A panic's place and message, without the stack that follows. */
function firstLines(panic: string): string {
  return panic.slice(panic.indexOf("panicked at")).split("\n").slice(0, 2).join(" ").trim();
}

function deviceLost({ reason, message }: GPUDeviceLostInfo): UnnoiseError {
  const cause = message || reason;
  return new UnnoiseError("device", `the graphics device was lost: ${cause}`, { hint: RESTART });
}
