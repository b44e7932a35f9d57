import type { Batch, Text } from "../native/binding.js";
import { parse } from "../util/json.js";

/**
 * The events of a stream that have arrived together, and how many of them were taken. The ids to resume with are those
 * that the engine gives with them.
 *
 * @internal
 */
export class Arrivals<T> {
  #events: readonly T[] = [];
  #taken = 0;
  /** The ids to resume with after each event, as text until somebody asks. */
  #ids: Text | readonly (string | null)[] = [];
  /** The id to resume with before these events, and after all of them. */
  #before: string | null;
  #after: string | null;

  constructor(after: string | null) {
    this.#before = after;
    this.#after = after;
  }

  /** The id to resume with after the last event that was taken. */
  get lastId(): string | null {
    if (this.#taken === this.#events.length) return this.#after;
    if (this.#taken === 0) return this.#before;
    if (!Array.isArray(this.#ids)) this.#ids = parse(this.#ids as Text) as (string | null)[];
    return this.#ids[this.#taken - 1] as string | null;
  }

  /** Puts what the engine has brought in place of the events that were taken. An error has no events. */
  fill({ events = "[]", ids = "[]", lastId = null }: Batch): void {
    this.#before = this.#after;
    this.#after = lastId;
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
