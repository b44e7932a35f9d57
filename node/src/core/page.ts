import { atCaller } from "../errors/caller.js";
import { BimpeAIError, UserError } from "../errors/classes.js";
import type { Outcome } from "../native/call-result.js";
import { kind, ownOf } from "../options/options.js";
import type { PaginationMeta } from "../types/index.js";
import { APIPromise } from "./api-promise.js";
import type { Exchange } from "./exchange.js";

/** How a page gets the one after it. */
type Next<T> = (cancel?: AbortSignal) => Promise<Page<T>>;

/** What `collect` takes. */
export interface CollectOptions {
  /** The most items to collect; all if it is not given. */
  limit?: number | undefined;
}

/** One page of a list. `for await` over it gives its items, then those of all following pages. */
export class Page<T> implements AsyncIterable<T> {
  /** The items of this page. */
  readonly data: T[];
  /** The server's page numbers, or `null` if it sent none. */
  readonly meta: PaginationMeta | null;
  /** The id of the call in the server's logs. */
  readonly requestId: string | null;
  readonly #next: Next<T> | null;

  /** @internal */
  constructor(outcome: Outcome, follow: (cursor: string, cancel?: AbortSignal) => Promise<Page<T>>) {
    const { next, meta, requestId } = outcome.facts;
    this.data = outcome.data() as T[];
    this.meta = meta;
    this.requestId = requestId;
    this.#next = next === null ? null : (cancel) => follow(next, cancel);
  }

  /** Whether there is a page after this one. */
  get hasNextPage(): boolean {
    return this.#next !== null;
  }

  /** Fetches the page after this one; `null` after the last. */
  async getNextPage(): Promise<Page<T> | null> {
    return (await this.#next?.()) ?? null;
  }

  /**
   * The first item of this page, or of the first page after it that has one; `null` if there is none.
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
   * The items of this page and of all that follow, as an array; not more than `limit`, and no page more than
   * these need.
   *
   * @example
   * ```ts
   * const page = await client.agents.list({ limit: 50 });
   * const agents = await page.collect({ limit: 200 });
   * console.log(agents.length);
   * ```
   */
  async collect(options: CollectOptions = {}): Promise<T[]> {
    const { limit = Number.POSITIVE_INFINITY } = ownOf(options);
    if (typeof limit !== "number" || !(limit >= 0)) {
      const found = typeof limit === "number" ? limit : kind(limit);
      throw atCaller(new UserError(`\`limit\` must be a number from 0, not ${found}`));
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
      // With enough items, the page after these is not fetched.
      page = items.length < limit ? await page.#next?.() : undefined;
    }
    return items;
  }

  /** This page and all that follow. While one is in use, the next is fetched. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const stop = new AbortController();
    try {
      let page: Page<T> | undefined = this;
      while (page !== undefined) {
        const ahead: Promise<Page<T>> | undefined = page.#next?.(stop.signal);
        // A failure is reported when its page is asked for.
        ahead?.catch(() => {});
        yield page;
        try {
          page = await ahead;
        } catch (error) {
          // It may have been made while nobody waited.
          throw error instanceof BimpeAIError ? atCaller(error) : error;
        }
      }
    } finally {
      stop.abort();
    }
  }

  /** The items of this page and of all that follow. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.data;
  }
}

/**
 * The promise of a page: await it for the page, or iterate over it for all items of the list. The request is sent when
 * that is first done, and once, however often it is done.
 */
export class PagePromise<T> extends APIPromise<Page<T>> implements AsyncIterable<T> {
  #send: (() => void) | undefined;

  /** @internal */
  constructor(exchange: Exchange<Page<T>>) {
    let send: (() => void) | undefined;
    super(exchange, (later) => {
      send = later;
    });
    this.#send = send;
  }

  /** What `then` and its kin give is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise that begins when somebody waits for it
  override then<R = Page<T>, E = never>(
    onFulfilled?: ((page: Page<T>) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    const send = this.#send;
    this.#send = undefined;
    const next = super.then(onFulfilled, onRejected);
    send?.();
    return next;
  }

  /**
   * The first item of the list; `null` if there is none.
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
   * The items of the list as an array; not more than `limit`, and no page more than these need.
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

  /** All pages, beginning with this one. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    yield* (await this).pages();
  }

  /** All items of the list. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this;
  }
}
