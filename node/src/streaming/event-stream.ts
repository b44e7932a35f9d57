/// <reference lib="esnext.disposable" preserve="true" />

import { type BimpeAIError, StreamDecodeError } from "../errors/classes.js";
import { errorFrom } from "../errors/factory.js";
import { onAbort } from "../native/abort.js";
import type { Batch, NativeStream } from "../native/binding.js";
import type { Log, StreamNotice } from "../observability/log.js";
import { Arrivals } from "./event-buffer.js";
import { Turns } from "./serial-queue.js";

/** What has happened on a stream so far. */
export interface StreamStats {
  /** Connections that were opened after the first. */
  reconnects: number;
  /** Events that the server sent again and that were left out. */
  duplicatesDropped: number;
  /** Lines that were not UTF-8. */
  decodeReplacements: number;
}

/**
 * Events as they come. A lost connection is made again, and nothing is lost or repeated. It opens when the
 * first event is asked for, and closes at once with `break`, `close()` or the end of an `await using` block.
 *
 * It ends with an error, never in silence, unless you end it: by `signal`, `close()`, `break`, or `reconnect: false`.
 * After a `StreamDecodeError`, which concerns one event, it can be asked for the next.
 *
 * @example
 * ```ts
 * const stream = client.conversations.messages.stream(agentId, conversationId, { after: "2026-01-01T00:00:00Z" });
 * for await (const event of stream) {
 *   console.log(event.message);
 *   if (event.role === "assistant") break;
 * }
 * console.log(stream.lastId); // give it as `after` to go on from here
 * ```
 */
export class EventStream<T> implements AsyncIterable<T> {
  readonly #native: NativeStream;
  readonly #nextBatch: () => Batch | Promise<Batch>;
  readonly #operation: string;
  readonly #signal: AbortSignal | undefined;
  #offSignal: (() => void) | undefined;
  readonly #log: Log | undefined;
  readonly #arrivals: Arrivals<T>;
  /** Those who called `next` stand in line. */
  readonly #turns = new Turns();
  #opened = false;
  #closed = false;
  #failure: BimpeAIError | undefined;
  #undecoded: BimpeAIError | undefined;
  #stats: StreamStats = { reconnects: 0, duplicatesDropped: 0, decodeReplacements: 0 };

  /** @internal */
  constructor(
    native: NativeStream,
    nextBatch: () => Batch | Promise<Batch>,
    operation: string,
    signal: AbortSignal | undefined,
    log: Log | undefined,
  ) {
    this.#native = native;
    this.#nextBatch = nextBatch;
    this.#operation = operation;
    this.#arrivals = new Arrivals(native.lastId);
    this.#signal = signal;
    this.#log = log;
  }

  /**
   * The id of the last event that was delivered: as `after`, a new stream goes on from there. Before the first it is
   * the stream's own `after`. An event that could not be read counts as well.
   */
  get lastId(): string | null {
    return this.#arrivals.lastId;
  }

  /** What has happened so far. */
  get stats(): Readonly<StreamStats> {
    return this.#stats;
  }

  /** The next event. */
  next(): Promise<IteratorResult<T, undefined>> {
    const event = this.#turns.areFree ? this.#arrivals.take() : undefined;
    return event === undefined ? this.#turns.take(() => this.#await()) : Promise.resolve(event);
  }

  /** Closes the stream; `break` calls it. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Closes the connection at once. Whoever waits for an event is told that there is none. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrivals.clear();
    this.#offSignal?.();
    this.#native.close();
    if (this.#opened) this.#log?.streamEnded(this.#operation, this.#failure);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * `close()`, at the end of an `await using` block.
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
      const event = this.#arrivals.take();
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

  /** What the engine has brought. */
  #receive(batch: Batch): void {
    if (this.#closed) return;
    const { error, events, notices, reconnects, duplicatesDropped, decodeReplacements } = batch;
    this.#stats = { reconnects, duplicatesDropped, decodeReplacements };
    if (notices !== undefined && this.#log !== undefined) {
      for (const one of JSON.parse(notices) as StreamNotice[]) this.#log.stream(this.#operation, one);
    }
    this.#arrivals.fill(batch);
    if (error !== undefined) {
      const failure = errorFrom(error);
      if (failure instanceof StreamDecodeError) this.#undecoded = failure;
      else this.#fail(failure);
      throw failure;
    }
    if (events !== undefined) {
      this.#undecoded = undefined;
    } else if (notices !== undefined) {
      // The connection was made or lost; events come with a later batch.
    } else if (this.#undecoded !== undefined) {
      // What could not be decoded was the end of it.
      this.#fail(this.#undecoded);
    } else {
      this.close();
    }
  }
}
