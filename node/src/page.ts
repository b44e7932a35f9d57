import { type Answer, APIPromise } from "./api-promise.js";
import { CallSite } from "./call-site.js";
import type { Call, Core } from "./core.js";
import type { PaginationMeta } from "./types/index.js";

/** How a page gets the one after it. */
type Next<T> = (site: CallSite, cancel?: AbortSignal) => Promise<Answer<Page<T>>>;

/** One page of a list. `for await` over it gives its items, then those of all following pages. */
export class Page<T> implements AsyncIterable<T> {
  /** The items of this page. */
  readonly data: T[];
  /** The server's page numbers, or `null` if it sent none. */
  readonly meta: PaginationMeta | null;
  /** The id of the call in the server's logs. */
  readonly requestId: string | null;
  readonly #next: Next<T> | null;

  private constructor(
    data: T[],
    meta: PaginationMeta | null,
    requestId: string | null,
    next: Next<T> | null,
  ) {
    this.data = data;
    this.meta = meta;
    this.requestId = requestId;
    this.#next = next;
  }

  /** @internal */
  static async fetch<T>(
    core: Core,
    call: Call,
    site: CallSite,
    cursor?: string,
    cancel?: AbortSignal,
  ): Promise<Answer<Page<T>>> {
    const { data, outcome } = await core._fetch<T[]>(call, site, cursor, cancel);
    const meta = outcome.meta === undefined ? null : (JSON.parse(outcome.meta) as PaginationMeta);
    const { next } = outcome;
    const follow: Next<T> | null =
      next === undefined ? null : (site, cancel) => Page.fetch<T>(core, call, site, next, cancel);
    return { data: new Page(data, meta, outcome.requestId ?? null, follow), outcome };
  }

  /** Whether there is a page after this one. */
  get hasNextPage(): boolean {
    return this.#next !== null;
  }

  /** Fetches the page after this one; `null` after the last. */
  async getNextPage(): Promise<Page<T> | null> {
    if (this.#next === null) return null;
    return (await this.#next(new CallSite(this.getNextPage))).data;
  }

  /** This page and all that follow. While one is in use, the next is fetched. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const site = new CallSite(this.pages);
    const stop = new AbortController();
    try {
      let page: Page<T> | undefined = this;
      while (page !== undefined) {
        const ahead: Promise<Answer<Page<T>>> | undefined = page.#next?.(site, stop.signal);
        // A failure is reported when its page is asked for.
        ahead?.catch(() => {});
        yield page;
        page = (await ahead)?.data;
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

/** The promise of a page: await it for the page, or iterate over it for all items of the list. */
export class PagePromise<T> extends APIPromise<Page<T>> implements AsyncIterable<T> {
  /** All pages, beginning with this one. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    yield* (await this).pages();
  }

  /** All items of the list. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this;
  }
}
