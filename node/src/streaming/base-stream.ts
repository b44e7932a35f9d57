/// <reference lib="esnext.disposable" preserve="true" />

import type { BimpeAIError } from "../errors/classes.js";
import { onAbort } from "../native/abort.js";
import { SerialQueue } from "./serial-queue.js";

/** The base class of streams: it opens them, runs calls of `next` in order, and closes them. */
export abstract class BaseStream<T> implements AsyncIterable<T> {
  readonly #signal: AbortSignal | undefined;
  #offSignal: (() => void) | undefined;
  #opened = false;
  #closed = false;
  #failure: BimpeAIError | undefined;
  /** Calls of `next` that wait. */
  readonly #queue = new SerialQueue();

  /** @internal */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Removes and returns the next received event. @internal */
  protected abstract _take(): IteratorYieldResult<T> | undefined;

  /** Waits until more events are received, or closes the stream. @internal */
  protected abstract _receive(): Promise<void>;

  /** Runs before the first event is received. @internal */
  protected _onOpen(): void {}

  /** Runs once, when the stream closes. @internal */
  protected abstract _onClose(opened: boolean, failure: BimpeAIError | undefined): void;

  /** @internal */
  protected get _isClosed(): boolean {
    return this.#closed;
  }

  /** Whether no call of `next` waits. @internal */
  protected get _isIdle(): boolean {
    return this.#queue.isIdle;
  }

  /** Closes the stream. Each further `next` throws this error. @internal */
  protected _fail(error: BimpeAIError): void {
    this.#failure ??= error;
    this.close();
  }

  /** Waits for the next event and returns it. */
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#queue.run(() => this.#await());
  }

  /** Closes the stream. `break` calls it. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Closes the connections at once. Pending calls of `next` return `done`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#offSignal?.();
    this._onClose(this.#opened, this.#failure);
  }

  /**
   * Returns the events as a web stream of JSON, one line for each event. Cancelling it closes this stream.
   *
   * @example
   * ```ts
   * const { messages } = client.conversations;
   * const events = messages.stream(agentId, conversationId, { after: "2026-01-01T00:00:00Z" });
   * const response = new Response(events.toReadableStream(), { headers: { "content-type": "application/x-ndjson" } });
   * const reader = response.body?.getReader();
   * console.log(new TextDecoder().decode((await reader?.read())?.value));
   * await reader?.cancel();
   * ```
   */
  toReadableStream(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    return new ReadableStream(
      {
        pull: async (controller: ReadableStreamDefaultController<Uint8Array>) => {
          const { done, value } = await this.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
        },
        cancel: () => this.close(),
      },
      // Reads no event before the consumer asks for it.
      { highWaterMark: 0 },
    );
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
      const event = this._take();
      if (event !== undefined) return event;
      await this._receive();
    }
  }

  #open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    if (this.#signal !== undefined) this.#offSignal = onAbort(this.#signal, () => this.close());
    if (this.#signal?.aborted) this.close();
    else this._onOpen();
  }
}
