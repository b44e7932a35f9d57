import type { EventBatch } from "../native/binding.js";
import { type JsonText, parseJson } from "../util/json.js";

/** The received events of a stream, and its resume id. The engine sends the resume ids with the events. */
export class EventBuffer<T> {
  #events: readonly T[] = [];
  #index = 0;
  /** The resume ids after each event, as JSON text until one is read. */
  #ids: JsonText | readonly (string | null)[] = [];
  /** The resume ids before the first and after the last of these events. */
  #before: string | null;
  #after: string | null;

  constructor(after: string | null) {
    this.#before = after;
    this.#after = after;
  }

  /** The resume id after the last event that `pop` returned. */
  get lastId(): string | null {
    if (this.#index === this.#events.length) return this.#after;
    if (this.#index === 0) return this.#before;
    if (!Array.isArray(this.#ids)) this.#ids = parseJson(this.#ids as JsonText) as (string | null)[];
    return this.#ids[this.#index - 1] as string | null;
  }

  /** Replaces the events, all of which were popped, by those of a batch. */
  fill({ events = "[]", ids = "[]", lastId = null }: EventBatch): void {
    this.#before = this.#after;
    this.#after = lastId;
    this.#events = parseJson(events) as T[];
    this.#ids = ids;
    this.#index = 0;
  }

  /** Removes and returns the next event. */
  pop(): IteratorYieldResult<T> | undefined {
    if (this.#index === this.#events.length) return undefined;
    return { done: false, value: this.#events[this.#index++] as T };
  }

  /** Drops the events that were not popped. */
  clear(): void {
    this.#after = this.lastId;
    this.#events = [];
    this.#index = 0;
  }
}
