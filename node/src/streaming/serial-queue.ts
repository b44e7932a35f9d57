import { atCaller } from "../errors/caller.js";

/**
 * Lets one at a time do something, in the order in which they came.
 *
 * @internal
 */
export class Turns {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  /** Whether nobody is at it. */
  get areFree(): boolean {
    return !this.#taken;
  }

  /** Does something when its turn comes. What it throws is ours, and points at who waits for it. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    try {
      return await work();
    } catch (error) {
      throw atCaller(error);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken = false;
      else next();
    }
  }
}
