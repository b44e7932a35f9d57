import type { ResponseMetadata } from "../native/request-result.js";
import { headersFrom } from "../util/headers.js";

/** Metadata of a response. */
export interface ResponseInfo {
  /** The HTTP status. */
  status: number;
  /** The response headers. */
  headers: Headers;
  /** The id of the request in the server's logs. */
  requestId: string | null;
  /** Number of attempts. */
  attempts: number;
  /** Duration of the request in milliseconds, including retries. */
  elapsed: number;
  /** The idempotency key of a write. */
  idempotencyKey: string | null;
}

/** The result of a request, and metadata of its response. */
export interface WithResponse<T> {
  data: T;
  response: ResponseInfo;
}

/** A request that a promise starts. @internal */
export interface PromiseSource<T> {
  start(resolve: (result: T | Promise<T>) => void, reject: (error: unknown) => void): void;
  readonly metadata: ResponseMetadata;
}

/** The promise of a request's result. The method call sends the request, once. */
export class APIPromise<T> extends Promise<T> {
  readonly #source: PromiseSource<T>;

  /**
   * Starts the request, or passes the function that starts it to `defer`.
   *
   * @internal
   */
  constructor(source: PromiseSource<T>, defer?: (start: () => void) => void) {
    super((resolve, reject) => {
      if (defer === undefined) source.start(resolve, reject);
      else defer(source.start.bind(source, resolve, reject));
    });
    this.#source = source;
  }

  static {
    hideSubclass(APIPromise);
  }

  /** Returns the result with status, headers, request id, attempts, duration and idempotency key. */
  async withResponse(): Promise<WithResponse<T>> {
    const data = await this;
    return { data, response: responseInfo(this.#source.metadata) };
  }
}

/**
 * Makes promises of a subclass look like plain promises. Otherwise `await` creates one more promise and takes two more
 * microtasks. `then`, `catch` and `finally` return plain promises.
 */
export function hideSubclass({ prototype }: { prototype: object }): void {
  Object.defineProperty(prototype, "constructor", { value: Promise, configurable: true, writable: true });
}

/** Returns the public metadata of a response, created on demand. @internal */
export function responseInfo(metadata: ResponseMetadata): ResponseInfo {
  const { status, headers, requestId, attempts, elapsed, idempotencyKey } = metadata;
  return { status, headers: headersFrom(headers), requestId, attempts, elapsed, idempotencyKey };
}
