import { BimpeAIError, UserError } from "../errors/classes.js";
import { withCallerStack } from "../errors/factory.js";
import type { RequestResult } from "../native/request-result.js";
import type { PaginationMeta } from "../types/index.js";
import { numberOrType, ownProperties } from "../util/values.js";
import { APIPromise, type PromiseSource } from "./api-promise.js";

/** Fetches the next page. */
type Next<T> = (cancel?: AbortSignal) => Promise<Page<T>>;

/** Options of `collect`. */
export interface CollectOptions {
  /** Maximum number of items. Unlimited by default. */
  limit?: number | undefined;
}

/** A page of a list. `for await` yields its items, then the items of all following pages. */
export class Page<T> implements AsyncIterable<T> {
  /** The items of this page. */
  readonly data: T[];
  /** The pagination metadata of the server, or `null`. */
  readonly meta: PaginationMeta | null;
  /** The id of the request in the server's logs. */
  readonly requestId: string | null;
  readonly #next: Next<T> | null;

  /** @internal */
  constructor(result: RequestResult, fetchPage: (cursor: string, cancel?: AbortSignal) => Promise<Page<T>>) {
    const { next, meta, requestId } = result.metadata;
    this.data = result.data() as T[];
    this.meta = meta;
    this.requestId = requestId;
    this.#next = next === null ? null : (cancel) => fetchPage(next, cancel);
  }

  /** Whether a page follows this one. */
  get hasNextPage(): boolean {
    return this.#next !== null;
  }

  /** Fetches the next page. Returns `null` after the last page. */
  async getNextPage(): Promise<Page<T> | null> {
    return (await this.#next?.()) ?? null;
  }

  /**
   * Returns the first item of this page or of the pages after it, or `null`.
   *
   * @example
   * ```ts
   * const page = await client.agents.list({ limit: 5 });
   * console.log((await page.first())?.name);
   * ```
   */
  async first(): Promise<T | null> {
    const [item] = await this.#gather(1);
    return item ?? null;
  }

  /**
   * Returns the items of this page and of all following pages, up to `limit`. Fetches no page beyond the limit.
   *
   * @example
   * ```ts
   * const page = await client.agents.list({ limit: 50 });
   * const agents = await page.collect({ limit: 200 });
   * console.log(agents.length);
   * ```
   */
  async collect(options: CollectOptions = {}): Promise<T[]> {
    const { limit = Number.POSITIVE_INFINITY } = ownProperties(options);
    if (typeof limit !== "number" || !(limit >= 0)) {
      throw withCallerStack(new UserError(`\`limit\` must be a number from 0, not ${numberOrType(limit)}`));
    }
    return this.#gather(limit);
  }

  async #gather(limit: number): Promise<T[]> {
    const items: T[] = [];
    let page: Page<T> | undefined = this;
    while (page !== undefined) {
      for (const item of page.data) {
        if (items.length >= limit) return items;
        items.push(item);
      }
      // The next page is fetched only if it is needed.
      page = items.length < limit ? await page.#next?.() : undefined;
    }
    return items;
  }

  /** Yields this page and all following pages. Fetches the next page while the caller uses one. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const stop = new AbortController();
    try {
      let page: Page<T> | undefined = this;
      while (page !== undefined) {
        const prefetched: Promise<Page<T>> | undefined = page.#next?.(stop.signal);
        // The error is thrown when the caller takes the page.
        prefetched?.catch(() => {});
        yield page;
        try {
          page = await prefetched;
        } catch (error) {
          // The request may have failed before the caller waited, so the stack is set again.
          throw error instanceof BimpeAIError ? withCallerStack(error) : error;
        }
      }
    } finally {
      stop.abort();
    }
  }

  /** Yields the items of this page and of all following pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.data;
  }
}

/**
 * The promise of a page. `await` returns the page, and `for await` yields all items of the list. The first use sends the
 * request, and later uses share it.
 */
export class PagePromise<T> extends APIPromise<Page<T>> implements AsyncIterable<T> {
  #start: (() => void) | undefined;

  /** @internal */
  constructor(source: PromiseSource<Page<T>>) {
    let deferred: (() => void) | undefined;
    super(source, (start) => {
      deferred = start;
    });
    this.#start = deferred;
  }

  /** Makes `then`, `catch` and `finally` return plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: the first `then` sends the request
  override then<R = Page<T>, E = never>(
    onFulfilled?: ((page: Page<T>) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    const start = this.#start;
    this.#start = undefined;
    const next = super.then(onFulfilled, onRejected);
    start?.();
    return next;
  }

  /**
   * Returns the first item of the list, or `null`.
   *
   * @example
   * ```ts
   * const agent = await client.agents.list({ search: "shop", limit: 1 }).first();
   * console.log(agent?.name);
   * ```
   */
  async first(): Promise<T | null> {
    return (await this).first();
  }

  /**
   * Returns the items of the list, up to `limit`. Fetches no page beyond the limit.
   *
   * @example
   * ```ts
   * const agents = await client.agents.list().collect({ limit: 200 });
   * console.log(agents.length);
   * ```
   */
  async collect(options: CollectOptions = {}): Promise<T[]> {
    return (await this).collect(options);
  }

  /** Yields all pages. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    yield* (await this).pages();
  }

  /** Yields all items of the list. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this;
  }
}
