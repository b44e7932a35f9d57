/// <reference lib="esnext.disposable" preserve="true" />

import { type BimpeAIError, StreamDecodeError } from "../errors/classes.js";
import { asOurs } from "../errors/factory.js";
import { onAbort } from "../native/abort.js";
import type { EventStream, StreamStats } from "./event-stream.js";
import { Turns } from "./serial-queue.js";

/** One of the streams, by the id that it stands for. */
interface Source<T> {
  id: string;
  stream: EventStream<T>;
}

/** What a source has brought: an event, its end, or an error. */
type Arrival<T> = { source: Source<T>; lastId: string | null } & (
  | { result: IteratorResult<T, undefined> }
  | { error: BimpeAIError }
);

/**
 * Events of many streams as they come. No stream waits for another: each holds one event ready, and they
 * take turns. It ends when all have ended, or when you abort or close it; if one fails, it throws an error whose
 * `source` names it, and closes all.
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
 * console.log(stream.lastIds); // give them as `after` to go on from here
 * ```
 */
export class MergedStream<T> implements AsyncIterable<T> {
  readonly #signal: AbortSignal | undefined;
  #offSignal: (() => void) | undefined;
  readonly #sources: Source<T>[];
  readonly #lastIds = new Map<string, string | null>();
  readonly #arrived: Arrival<T>[] = [];
  #running: number;
  #opened = false;
  #closed = false;
  #failure: BimpeAIError | undefined;
  /** Those who called `next` stand in line. */
  readonly #turns = new Turns();
  #wake: (() => void) | undefined;

  /** @internal */
  constructor(sources: Source<T>[], signal?: AbortSignal) {
    this.#sources = sources;
    this.#signal = signal;
    this.#running = sources.length;
    for (const { id, stream } of sources) this.#lastIds.set(id, stream.lastId);
  }

  /** The id of the last event of each stream: as `after`, a new merged stream goes on from there. */
  get lastIds(): Record<string, string | null> {
    return Object.fromEntries(this.#lastIds);
  }

  /** What has happened so far, on all streams together. */
  get stats(): Readonly<StreamStats> {
    const total: StreamStats = { reconnects: 0, duplicatesDropped: 0, decodeReplacements: 0 };
    for (const { stream } of this.#sources) {
      total.reconnects += stream.stats.reconnects;
      total.duplicatesDropped += stream.stats.duplicatesDropped;
      total.decodeReplacements += stream.stats.decodeReplacements;
    }
    return total;
  }

  /** The next event. */
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#turns.take(() => this.#await());
  }

  /** Closes all streams; `break` calls it. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Closes all connections at once. Whoever waits for an event is told that there is none. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrived.length = 0;
    this.#offSignal?.();
    for (const { stream } of this.#sources) stream.close();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** `close()`, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #await(): Promise<IteratorResult<T, undefined>> {
    this.#open();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#closed) return { done: true, value: undefined };
      const arrival = this.#arrived.shift();
      const result = arrival && this.#deliver(arrival);
      if (result !== undefined) return result;
      if (this.#running === 0) this.close();
      else if (arrival === undefined) await this.#arrival();
    }
  }

  #open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    if (this.#signal !== undefined) this.#offSignal = onAbort(this.#signal, () => this.close());
    if (this.#signal?.aborted) this.close();
    else for (const source of this.#sources) this.#ask(source);
  }

  /** Lets a stream bring its next event. */
  #ask(source: Source<T>): void {
    const arrive = (what: { result: IteratorResult<T, undefined> } | { error: BimpeAIError }) => {
      if (this.#closed) return;
      this.#arrived.push({ source, lastId: source.stream.lastId, ...what });
      this.#wake?.();
    };
    source.stream.next().then(
      (result) => arrive({ result }),
      (error: unknown) => arrive({ error: asOurs(error) }),
    );
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Gives what has arrived, and asks its stream for more; nothing if that was its end. */
  #deliver(arrival: Arrival<T>): IteratorYieldResult<T> | undefined {
    const { source, lastId } = arrival;
    this.#lastIds.set(source.id, lastId);
    if ("error" in arrival) {
      const { error } = arrival;
      error.source = source.id;
      if (error instanceof StreamDecodeError) this.#ask(source);
      else this.#fail(error);
      throw error;
    }
    if (arrival.result.done) {
      this.#running--;
      return undefined;
    }
    this.#ask(source);
    return arrival.result;
  }

  #fail(error: BimpeAIError): void {
    this.#failure ??= error;
    this.close();
  }
}
