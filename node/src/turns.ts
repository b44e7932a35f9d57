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

  /** Takes the turn, or gives a promise of it. */
  take(): Promise<void> | undefined {
    if (this.#taken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    return undefined;
  }

  /** Gives the turn to the next in line. */
  pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
