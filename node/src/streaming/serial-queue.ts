import { withCallerStack } from "../errors/factory.js";

/** Runs tasks one at a time, in the order of their submission. */
export class SerialQueue {
  #isBusy = false;
  readonly #waiting: (() => void)[] = [];

  /** Whether no task runs or waits. */
  get isIdle(): boolean {
    return !this.#isBusy;
  }

  /** Runs a task after those before it. The stack of its error begins at the caller. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isBusy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isBusy = true;
    try {
      return await task();
    } catch (error) {
      throw withCallerStack(error);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#isBusy = false;
      else next();
    }
  }
}
