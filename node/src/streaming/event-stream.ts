import { type BimpeAIError, StreamDecodeError } from "../errors/classes.js";
import { errorFromJson } from "../errors/factory.js";
import type { EventBatch, NativeStream } from "../native/binding.js";
import type { StreamNotice } from "../observability/events.js";
import { quietly, type StreamObserver } from "../observability/observer.js";
import { parseJson } from "../util/json.js";
import { BaseStream } from "./base-stream.js";
import { EventBuffer } from "./event-buffer.js";

/** Statistics of a stream. */
export interface StreamStats {
  /** Number of reconnects. */
  reconnects: number;
  /** Number of repeated events that were dropped. */
  duplicatesDropped: number;
  /** Number of lines with invalid UTF-8. */
  decodeReplacements: number;
}

/**
 * A stream of events. Reconnects automatically and resumes after the last event, without gaps or duplicates. The first
 * `next()` opens the connection. `break`, `close()` and the end of an `await using` block close it at once.
 *
 * The stream ends without an error only if you end it: by `signal`, `close()`, `break`, or `reconnect: false`. After a
 * `StreamDecodeError`, which concerns one event, `next()` returns the next event.
 *
 * @example
 * ```ts
 * const stream = client.conversations.messages.stream(agentId, conversationId, { after: "2026-01-01T00:00:00Z" });
 * for await (const event of stream) {
 *   console.log(event.message);
 *   if (event.role === "assistant") break;
 * }
 * console.log(stream.lastId); // pass it as `after` to resume
 * ```
 */
export class EventStream<T> extends BaseStream<T> {
  readonly #native: NativeStream;
  readonly #nextBatch: () => EventBatch | Promise<EventBatch>;
  readonly #observers: readonly StreamObserver[];
  readonly #buffer: EventBuffer<T>;
  #decodeError: BimpeAIError | undefined;
  #stats: StreamStats = { reconnects: 0, duplicatesDropped: 0, decodeReplacements: 0 };

  /** @internal */
  constructor(
    native: NativeStream,
    nextBatch: () => EventBatch | Promise<EventBatch>,
    signal: AbortSignal | undefined,
    observers: readonly StreamObserver[],
  ) {
    super(signal);
    this.#native = native;
    this.#nextBatch = nextBatch;
    this.#buffer = new EventBuffer(native.lastId);
    this.#observers = observers;
  }

  /**
   * The id of the last event. Pass it as `after` to resume. Before the first event, it is the `after` of this stream. An
   * event that cannot be decoded counts.
   */
  get lastId(): string | null {
    return this.#buffer.lastId;
  }

  /** Statistics of this stream. */
  get stats(): Readonly<StreamStats> {
    return this.#stats;
  }

  override next(): Promise<IteratorResult<T, undefined>> {
    const event = this._isIdle ? this.#buffer.pop() : undefined;
    return event === undefined ? super.next() : Promise.resolve(event);
  }

  /** @internal */
  protected override _take(): IteratorYieldResult<T> | undefined {
    return this.#buffer.pop();
  }

  /** @internal */
  protected override _onClose(opened: boolean, failure: BimpeAIError | undefined): void {
    this.#buffer.clear();
    this.#native.close();
    for (const observer of this.#observers) quietly(() => observer.ended(failure, opened));
  }

  #report(notices: readonly StreamNotice[]): void {
    for (const notice of notices) {
      for (const observer of this.#observers) quietly(() => observer.notified(notice));
    }
  }

  /** @internal */
  protected override async _receive(): Promise<void> {
    const batch = await this.#nextBatch();
    if (this._isClosed) return;
    const { error, events, notices, reconnects, duplicatesDropped, decodeReplacements } = batch;
    this.#stats = { reconnects, duplicatesDropped, decodeReplacements };
    if (notices !== undefined && this.#observers.length > 0)
      this.#report(parseJson(notices) as StreamNotice[]);
    this.#buffer.fill(batch);
    if (error !== undefined) {
      const failure = errorFromJson(error);
      if (failure instanceof StreamDecodeError) this.#decodeError = failure;
      else this._fail(failure);
      throw failure;
    }
    if (events !== undefined) {
      this.#decodeError = undefined;
    } else if (notices !== undefined) {
      // The connection opened or closed. A later batch has the events.
    } else if (this.#decodeError !== undefined) {
      // The stream ended because of the event that cannot be decoded.
      this._fail(this.#decodeError);
    } else {
      this.close();
    }
  }
}
