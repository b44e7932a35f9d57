/// <reference lib="esnext.disposable" preserve="true" />

import { type BimpeAIError, StreamDecodeError } from "../errors/classes.js";
import { errorFromJson } from "../errors/factory.js";
import { onAbort } from "../native/abort.js";
import type { EventBatch, NativeStream } from "../native/binding.js";
import type { Log, StreamNotice } from "../observability/log.js";
import { EventBuffer } from "./event-buffer.js";
import { SerialQueue } from "./serial-queue.js";

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
export class EventStream<T> implements AsyncIterable<T> {
  readonly #native: NativeStream;
  readonly #nextBatch: () => EventBatch | Promise<EventBatch>;
  readonly #operation: string;
  readonly #signal: AbortSignal | undefined;
  #offSignal: (() => void) | undefined;
  readonly #log: Log | undefined;
  readonly #buffer: EventBuffer<T>;
  /** Calls of `next` that wait. */
  readonly #queue = new SerialQueue();
  #opened = false;
  #closed = false;
  #failure: BimpeAIError | undefined;
  #decodeError: BimpeAIError | undefined;
  #stats: StreamStats = { reconnects: 0, duplicatesDropped: 0, decodeReplacements: 0 };

  /** @internal */
  constructor(
    native: NativeStream,
    nextBatch: () => EventBatch | Promise<EventBatch>,
    operation: string,
    signal: AbortSignal | undefined,
    log: Log | undefined,
  ) {
    this.#native = native;
    this.#nextBatch = nextBatch;
    this.#operation = operation;
    this.#buffer = new EventBuffer(native.lastId);
    this.#signal = signal;
    this.#log = log;
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

  /** Waits for the next event and returns it. */
  next(): Promise<IteratorResult<T, undefined>> {
    const event = this.#queue.isIdle ? this.#buffer.pop() : undefined;
    return event === undefined ? this.#queue.run(() => this.#await()) : Promise.resolve(event);
  }

  /** Closes the stream. `break` calls it. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Closes the connection at once. Pending calls of `next` return `done`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#buffer.clear();
    this.#offSignal?.();
    this.#native.close();
    if (this.#opened) this.#log?.streamEnded(this.#operation, this.#failure);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Calls `close()` at the end of an `await using` block.
   *
   * @example
   * ```ts
   * const { messages } = client.conversations;
   * await using stream = messages.stream(agentId, conversationId, { after: "2026-01-01T00:00:00Z" });
   * const { value } = await stream.next();
   * console.log(value?.message);
   * ```
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #await(): Promise<IteratorResult<T, undefined>> {
    this.#open();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#closed) return { done: true, value: undefined };
      const event = this.#buffer.pop();
      if (event !== undefined) return event;
      this.#receive(await this.#nextBatch());
    }
  }

  #open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    if (this.#signal !== undefined) this.#offSignal = onAbort(this.#signal, () => this.close());
    if (this.#signal?.aborted) this.close();
  }

  #fail(error: BimpeAIError): void {
    this.#failure ??= error;
    this.close();
  }

  #receive(batch: EventBatch): void {
    if (this.#closed) return;
    const { error, events, notices, reconnects, duplicatesDropped, decodeReplacements } = batch;
    this.#stats = { reconnects, duplicatesDropped, decodeReplacements };
    if (notices !== undefined && this.#log !== undefined) {
      for (const notice of JSON.parse(notices) as StreamNotice[]) this.#log.stream(this.#operation, notice);
    }
    this.#buffer.fill(batch);
    if (error !== undefined) {
      const failure = errorFromJson(error);
      if (failure instanceof StreamDecodeError) this.#decodeError = failure;
      else this.#fail(failure);
      throw failure;
    }
    if (events !== undefined) {
      this.#decodeError = undefined;
    } else if (notices !== undefined) {
      // The connection opened or closed. A later batch has the events.
    } else if (this.#decodeError !== undefined) {
      // The stream ended because of the event that cannot be decoded.
      this.#fail(this.#decodeError);
    } else {
      this.close();
    }
  }
}
