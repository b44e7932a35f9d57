import { Page, PagePromise } from "../core/page.js";
import type { RequestResult } from "../native/request-result.js";

/**
 * Returns a list of one page, as the list methods of a client do: to `await`, or for `for await`.
 *
 * @example
 * ```ts
 * const client = { agents: { list: () => fakePage([{ id: "cm1", name: "Support" }]) } };
 * for await (const agent of client.agents.list()) console.log(agent.name);
 * ```
 */
export function fakePage<T>(items: Iterable<T>): PagePromise<T> {
  const data = [...items];
  const metadata = {
    status: 200,
    headers: [],
    requestId: null,
    attempts: 1,
    elapsed: 0,
    idempotencyKey: null,
    meta: {
      total_count: data.length,
      page_count: 1,
      current_page: 1,
      limit: Math.max(data.length, 1),
      has_next_page: false,
      has_previous_page: false,
    },
    next: null,
  };
  const result = { data: () => data, metadata } as unknown as RequestResult;
  const page = new Page<T>(result, () => Promise.reject(new Error("no page follows")));
  return new PagePromise({ metadata, start: (resolve) => resolve(page) });
}
