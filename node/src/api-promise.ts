import type { Outcome } from "./outcome.js";

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

/**
 * A value, and the outcome of the call that gave it.
 *
 * @internal
 */
export interface Answer<T> {
  data: T;
  outcome: Outcome;
}

/** The promise of a call's result. The request is sent once, when the method is called. */
export class APIPromise<T> extends Promise<T> {
  readonly #answer: Promise<Answer<T>>;

  /** @internal */
  constructor(answer: Promise<Answer<T>>) {
    super((resolve, reject) => {
      answer.then(({ data }) => resolve(data), reject);
    });
    this.#answer = answer;
  }

  static {
    seemPlain(APIPromise);
  }

  /** The result together with status, headers, request id, attempts, duration and idempotency key. */
  withResponse(): Promise<WithResponse<T>> {
    // Who asks here need not handle this promise as well.
    this.catch(() => {});
    return this.#answer.then(({ data, outcome }) => ({ data, response: responseOf(outcome) }));
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

/** What an outcome tells about the answer; made only for those who ask. @internal */
export function responseOf(outcome: Outcome): ResponseInfo {
  const { status, headers, requestId, attempts, elapsed, idempotencyKey } = outcome.facts;
  return { status, headers: new Headers(headers), requestId, attempts, elapsed, idempotencyKey };
}
