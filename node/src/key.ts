import type { Batch, NativeStream } from "./binding.js";
import { AuthenticationError, UserError } from "./errors.js";
import { kind } from "./options.js";
import { nextBatch } from "./post.js";
import { errorFrom } from "./raise.js";

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
 * A stream that is given a key before it opens, and another one when that is refused later.
 *
 * @internal
 */
export class KeyedStream {
  readonly #native: NativeStream;
  readonly #ask: KeyFunction;
  #key: string | undefined;

  constructor(native: NativeStream, ask: KeyFunction) {
    this.#native = native;
    this.#ask = ask;
  }

  async nextBatch(): Promise<Batch> {
    if (this.#key === undefined) await this.#renew();
    for (;;) {
      const batch = await nextBatch(this.#native);
      const refused = batch.error !== undefined && errorFrom(batch.error) instanceof AuthenticationError;
      if (!refused || !(await this.#renew())) return batch;
    }
  }

  /** Whether the key is another one than before. */
  async #renew(): Promise<boolean> {
    const key = await askKey(this.#ask);
    const isNew = key !== this.#key;
    this.#key = key;
    const fault = this.#native.useKey(key);
    if (fault !== null) throw errorFrom(fault);
    return isNew;
  }
}
