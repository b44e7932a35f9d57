import type { Batch, Text } from "./binding.js";
import { parse } from "./text.js";

/**
 * The events of a stream that have arrived together, and how many of them were taken.
 *
 * @internal
 */
export class Arrivals<T> {
  #events: readonly T[] = [];
  #taken = 0;
  /** The ids to resume with, as text until somebody asks. */
  #ids: Text | readonly (string | null)[] = [];
  /** The last id before these events, and after all of them. */
  #before: string | null;
  #after: string | null;

  constructor(after: string | null) {
    this.#before = after;
    this.#after = after;
  }

  /** The id of the last event that was taken. */
  get lastId(): string | null {
    if (this.#taken === this.#events.length) return this.#after;
    if (!Array.isArray(this.#ids)) this.#ids = parse(this.#ids as Text) as (string | null)[];
    // From the end, where it is found at once: merged streams ask after each event.
    for (let index = this.#taken - 1; index >= 0; index--) {
      const id = this.#ids[index] as string | null;
      if (id !== null) return id;
    }
    return this.#before;
  }

  /** Puts the events of a batch in place of those that were taken. */
  fill({ events = "[]", ids = "[]", lastId }: Batch): void {
    this.#before = this.lastId;
    this.#after = lastId ?? this.#before;
    this.#events = parse(events) as T[];
    this.#ids = ids;
    this.#taken = 0;
  }

  /** The next event, if there is one. */
  take(): IteratorYieldResult<T> | undefined {
    if (this.#taken === this.#events.length) return undefined;
    return { done: false, value: this.#events[this.#taken++] as T };
  }

  /** Forgets the events that were not taken. */
  clear(): void {
    this.#after = this.lastId;
    this.#events = [];
    this.#taken = 0;
  }
}
