import { AuthenticationError, UserError } from "../errors/classes.js";
import { errorFrom } from "../errors/factory.js";
import type { Batch, NativeStream } from "../native/binding.js";
import { nextBatch } from "../native/completion-queue.js";
import { kind } from "./options.js";

/** A function that gives the API key. It is called before each request, so that keys can be replaced. */
export type KeyFunction = () => string | Promise<string>;

/**
 * Asks for the key.
 *
 * @internal
 */
export async function askKey(ask: KeyFunction): Promise<string> {
  let key: unknown;
  try {
    key = await ask();
  } catch (cause) {
    throw new UserError("the function that was given as `apiKey` threw an error", { cause });
  }
  if (typeof key !== "string") {
    throw new UserError(`the function that was given as \`apiKey\` must return a string, not ${kind(key)}`);
  }
  return key;
}

/**
 * A stream that is given a key before it opens, and another one when the engine asks for it.
 *
 * @internal
 */
export class KeyedStream {
  readonly #native: NativeStream;
  readonly #ask: KeyFunction;
  #needsKey = true;

  constructor(native: NativeStream, ask: KeyFunction) {
    this.#native = native;
    this.#ask = ask;
  }

  async nextBatch(): Promise<Batch> {
    for (;;) {
      if (this.#needsKey) await this.#renew();
      const batch = await nextBatch(this.#native);
      if (batch.error === undefined) return batch;
      const error = errorFrom(batch.error);
      // The engine says whether it tries another key.
      this.#needsKey = error instanceof AuthenticationError && error.retryable;
      if (!this.#needsKey) return batch;
    }
  }

  async #renew(): Promise<void> {
    const fault = this.#native.useKey(await askKey(this.#ask));
    if (fault !== null) throw errorFrom(fault);
    this.#needsKey = false;
  }
}
