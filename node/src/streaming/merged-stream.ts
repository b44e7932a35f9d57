import { type BimpeAIError, StreamDecodeError } from "../errors/classes.js";
import { toBimpeAIError } from "../errors/factory.js";
import { BaseStream } from "./base-stream.js";
import type { EventStream, StreamStats } from "./event-stream.js";

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
export class MergedStream<T> extends BaseStream<T> {
  readonly #sources: Source<T>[];
  readonly #lastIds = new Map<string, string | null>();
  readonly #received: SourceEvent<T>[] = [];
  #running: number;
  #wake: (() => void) | undefined;

  /** @internal */
  constructor(sources: Source<T>[], signal?: AbortSignal) {
    super(signal);
    this.#sources = sources;
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

  /** @internal */
  protected override _onOpen(): void {
    for (const source of this.#sources) this.#fetchNext(source);
  }

  /** @internal */
  protected override _take(): IteratorYieldResult<T> | undefined {
    for (;;) {
      const event = this.#received.shift();
      if (event === undefined) return undefined;
      const result = this.#deliver(event);
      if (result !== undefined) return result;
    }
  }

  /** @internal */
  protected override async _receive(): Promise<void> {
    if (this.#running === 0) return this.close();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** @internal */
  protected override _onClose(): void {
    this.#received.length = 0;
    for (const { stream } of this.#sources) stream.close();
    this.#wake?.();
  }

  /** Starts the wait for the next event of a source. */
  #fetchNext(source: Source<T>): void {
    const receive = (event: { result: IteratorResult<T, undefined> } | { error: BimpeAIError }) => {
      if (this._isClosed) return;
      this.#received.push({ source, lastId: source.stream.lastId, ...event });
      this.#wake?.();
    };
    source.stream.next().then(
      (result) => receive({ result }),
      (error: unknown) => receive({ error: toBimpeAIError(error) }),
    );
  }

  /** Returns an event and starts the wait for the next. Returns undefined at the end of a source. */
  #deliver(event: SourceEvent<T>): IteratorYieldResult<T> | undefined {
    const { source, lastId } = event;
    this.#lastIds.set(source.id, lastId);
    if ("error" in event) {
      const { error } = event;
      error.source = source.id;
      if (error instanceof StreamDecodeError) this.#fetchNext(source);
      else this._fail(error);
      throw error;
    }
    if (event.result.done) {
      this.#running--;
      return undefined;
    }
    this.#fetchNext(source);
    return event.result;
  }
}
