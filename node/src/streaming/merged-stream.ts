/// <reference lib="esnext.disposable" preserve="true" />

import { type BimpeAIError, StreamDecodeError } from "../errors/classes.js";
import { toBimpeAIError } from "../errors/factory.js";
import { onAbort } from "../native/abort.js";
import type { EventStream, StreamStats } from "./event-stream.js";
import { SerialQueue } from "./serial-queue.js";

/** A stream and its id. */
interface Source<T> {
  id: string;
  stream: EventStream<T>;
}

/** An event, the end, or the error of a source. */
type SourceEvent<T> = { source: Source<T>; lastId: string | null } & (
  | { result: IteratorResult<T, undefined> }
  | { error: BimpeAIError }
);

/**
 * The events of many streams, in the order of their arrival. The streams alternate, and no stream delays another. The
 * merged stream ends after all streams have ended, or when you abort or close it. If one stream fails, `next` throws its
 * error with the id in `source`, and all streams close.
 *
 * @example
 * ```ts
 * const stream = client.conversations.messages.streamMany(agentId, [conversationId], {
 *   after: "2026-01-01T00:00:00Z",
 * });
 * for await (const event of stream) {
 *   console.log(event.conversation_id, event.message);
 *   if (event.role === "assistant") break;
 * }
 * console.log(stream.lastIds); // pass them as `after` to resume
 * ```
 */
export class MergedStream<T> implements AsyncIterable<T> {
  readonly #signal: AbortSignal | undefined;
  #offSignal: (() => void) | undefined;
  readonly #sources: Source<T>[];
  readonly #lastIds = new Map<string, string | null>();
  readonly #received: SourceEvent<T>[] = [];
  #running: number;
  #opened = false;
  #closed = false;
  #failure: BimpeAIError | undefined;
  /** Calls of `next` that wait. */
  readonly #queue = new SerialQueue();
  #wake: (() => void) | undefined;

  /** @internal */
  constructor(sources: Source<T>[], signal?: AbortSignal) {
    this.#sources = sources;
    this.#signal = signal;
    this.#running = sources.length;
    for (const { id, stream } of sources) this.#lastIds.set(id, stream.lastId);
  }

  /** The id of the last event of each stream. Pass them as `after` to resume. */
  get lastIds(): Record<string, string | null> {
    return Object.fromEntries(this.#lastIds);
  }

  /** Statistics of all streams together. */
  get stats(): Readonly<StreamStats> {
    const total: StreamStats = { reconnects: 0, duplicatesDropped: 0, decodeReplacements: 0 };
    for (const { stream } of this.#sources) {
      total.reconnects += stream.stats.reconnects;
      total.duplicatesDropped += stream.stats.duplicatesDropped;
      total.decodeReplacements += stream.stats.decodeReplacements;
    }
    return total;
  }

  /** Waits for the next event and returns it. */
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#queue.run(() => this.#await());
  }

  /** Closes all streams. `break` calls it. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Closes all connections at once. Pending calls of `next` return `done`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#received.length = 0;
    this.#offSignal?.();
    for (const { stream } of this.#sources) stream.close();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Calls `close()` at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #await(): Promise<IteratorResult<T, undefined>> {
    this.#open();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#closed) return { done: true, value: undefined };
      const event = this.#received.shift();
      const result = event && this.#deliver(event);
      if (result !== undefined) return result;
      if (this.#running === 0) this.close();
      else if (event === undefined) await this.#nextReceived();
    }
  }

  #open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    if (this.#signal !== undefined) this.#offSignal = onAbort(this.#signal, () => this.close());
    if (this.#signal?.aborted) this.close();
    else for (const source of this.#sources) this.#fetchNext(source);
  }

  /** Starts the wait for the next event of a source. */
  #fetchNext(source: Source<T>): void {
    const receive = (event: { result: IteratorResult<T, undefined> } | { error: BimpeAIError }) => {
      if (this.#closed) return;
      this.#received.push({ source, lastId: source.stream.lastId, ...event });
      this.#wake?.();
    };
    source.stream.next().then(
      (result) => receive({ result }),
      (error: unknown) => receive({ error: toBimpeAIError(error) }),
    );
  }

  #nextReceived(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Returns an event and starts the wait for the next. Returns undefined at the end of a source. */
  #deliver(event: SourceEvent<T>): IteratorYieldResult<T> | undefined {
    const { source, lastId } = event;
    this.#lastIds.set(source.id, lastId);
    if ("error" in event) {
      const { error } = event;
      error.source = source.id;
      if (error instanceof StreamDecodeError) this.#fetchNext(source);
      else this.#fail(error);
      throw error;
    }
    if (event.result.done) {
      this.#running--;
      return undefined;
    }
    this.#fetchNext(source);
    return event.result;
  }

  #fail(error: BimpeAIError): void {
    this.#failure ??= error;
    this.close();
  }
}
