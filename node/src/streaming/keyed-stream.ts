import { AuthenticationError } from "../errors/classes.js";
import { errorFromJson } from "../errors/factory.js";
import type { EventBatch, NativeStream } from "../native/binding.js";
import { nextBatch } from "../native/completion-queue.js";
import { fetchKey, type KeyFunction } from "../options/api-key.js";

/** A stream whose API key comes from a function. The function runs before the stream opens, and after a refused key. */
export class KeyedStream {
  readonly #native: NativeStream;
  readonly #key: KeyFunction;
  #needsKey = true;

  constructor(native: NativeStream, key: KeyFunction) {
    this.#native = native;
    this.#key = key;
  }

  async nextBatch(): Promise<EventBatch> {
    for (;;) {
      if (this.#needsKey) await this.#renewKey();
      const batch = await nextBatch(this.#native);
      if (batch.error === undefined) return batch;
      const error = errorFromJson(batch.error);
      // The engine decides whether another key may help.
      this.#needsKey = error instanceof AuthenticationError && error.retryable;
      if (!this.#needsKey) return batch;
    }
  }

  async #renewKey(): Promise<void> {
    const error = this.#native.useKey(await fetchKey(this.#key));
    if (error !== null) throw errorFromJson(error);
    this.#needsKey = false;
  }
}
