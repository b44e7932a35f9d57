import type { Facts } from "../native/call-result.js";
import { headersFrom } from "../util/headers.js";
import type { Exchange } from "./exchange.js";

/** What is known about an answer beside its value. */
export interface ResponseInfo {
  /** The HTTP status. */
  status: number;
  /** The headers of the answer. */
  headers: Headers;
  /** The id of the call in the server's logs. */
  requestId: string | null;
  /** How many times the request was sent. */
  attempts: number;
  /** How long the call took, waits between attempts included, in milliseconds. */
  elapsed: number;
  /** The idempotency key that was sent with a write. */
  idempotencyKey: string | null;
}

/** A value, and the answer that it came in. */
export interface WithResponse<T> {
  data: T;
  response: ResponseInfo;
}

/** The promise of a call's result. The request is sent once, when the method is called. */
export class APIPromise<T> extends Promise<T> {
  readonly #exchange: Exchange<T>;

  /**
   * Sends the request, unless somebody wants to send it later.
   *
   * @internal
   */
  constructor(exchange: Exchange<T>, later?: (send: () => void) => void) {
    super((resolve, reject) => {
      if (later === undefined) return exchange.begin(resolve);
      later(() => {
        try {
          exchange.begin(resolve);
        } catch (refused) {
          reject(refused);
        }
      });
    });
    this.#exchange = exchange;
  }

  static {
    seemPlain(APIPromise);
  }

  /** The result together with status, headers, request id, attempts, duration and idempotency key. */
  async withResponse(): Promise<WithResponse<T>> {
    const data = await this;
    return { data, response: responseOf(this.#exchange.facts) };
  }
}

/**
 * Lets promises of this class be awaited as directly as plain ones, which they seem to be; `then` and its kin give plain
 * ones, too. Otherwise `await` makes one more promise, and waits two turns longer.
 *
 * @internal
 */
export function seemPlain({ prototype }: { prototype: object }): void {
  Object.defineProperty(prototype, "constructor", { value: Promise, configurable: true, writable: true });
}

/** What is told about an answer; made only for those who ask. @internal */
export function responseOf(facts: Facts): ResponseInfo {
  const { status, headers, requestId, attempts, elapsed, idempotencyKey } = facts;
  return { status, headers: headersFrom(headers), requestId, attempts, elapsed, idempotencyKey };
}
