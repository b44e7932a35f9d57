import assert from "node:assert/strict";
import { test } from "node:test";
import { type Agent, NotFoundError, Page, PagePromise, PaginationError, UserError } from "bimpe";
import { agentPage, ok, type Server, serve } from "./support/server.js";

const META = {
  total_count: 1,
  page_count: 2,
  current_page: 1,
  limit: 1,
  has_next_page: true,
  has_previous_page: false,
};

/** Starts a server with `count` pages of one agent each. */
function pages(count: number): Promise<Server> {
  return serve(({ path }) =>
    agentPage(Number(new URL(path, "http://x").searchParams.get("page") ?? 1), count),
  );
}

async function namesOf(items: AsyncIterable<Agent>): Promise<string[]> {
  const names: string[] = [];
  for await (const agent of items) names.push(agent.name);
  return names;
}

test("awaiting a list returns its first page in one request", async () => {
  const server = await pages(2);
  const list = server.client().agents.list({ limit: 1, search: "a b" });
  const page = await list;
  assert.ok(page instanceof Page);
  assert.equal(await list, page);
  assert.equal(page.data[0]?.name, "Agent 1");
  assert.equal(page.meta?.total_count, 2);
  assert.equal(page.hasNextPage, true);
  assert.equal(server.requests.length, 1);
  assert.match(server.requests[0]?.path ?? "", /^\/agents\?.*limit=1/);
  const next = await page.getNextPage();
  assert.equal(next?.data[0]?.name, "Agent 2");
  assert.equal(next?.hasNextPage, false);
  assert.equal(await next?.getNextPage(), null);
});

test("a list sends its request once, at the first await", async () => {
  const server = await pages(2);
  const list = server.client().agents.list();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.requests.length, 0, "no caller has awaited it");
  const [page, again, { data }, first] = await Promise.all([
    list,
    list.then((page) => page),
    list.withResponse(),
    list.first(),
  ]);
  assert.ok(page === again && page === data && page.data[0] === first);
  assert.ok(list instanceof Promise && !(list.finally(() => {}) instanceof PagePromise));
  await namesOf(list);
  assert.equal(server.requests.length, 2, "the first page once, and the second");
});

test("a failed list that is awaited late does not end the process", async () => {
  const server = await serve(() => ({ status: 404, body: { message: "no", statusCode: 404 } }));
  const { agents } = server.client();
  const late = agents.list();
  agents.list({ limit: 7 });
  const refused = agents.list({ limit: 0 });
  // An unhandled rejection would fail this file.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(late, NotFoundError);
  await assert.rejects(late, NotFoundError);
  await assert.rejects(refused, UserError);
  assert.equal(server.requests.length, 1);
});

test("iteration yields the items of all pages", async () => {
  const server = await pages(3);
  assert.deepEqual(await namesOf(server.client().agents.list()), ["Agent 1", "Agent 2", "Agent 3"]);
  assert.equal(server.requests.length, 3);
  assert.deepEqual(await namesOf(await server.client().agents.list({ page: 2 })), ["Agent 2", "Agent 3"]);
});

test("pages() yields the pages", async () => {
  const server = await pages(3);
  const numbers: (number | undefined)[] = [];
  for await (const page of server.client().agents.list().pages()) numbers.push(page.meta?.current_page);
  assert.deepEqual(numbers, [1, 2, 3]);
});

test("one page is prefetched", async () => {
  const server = await pages(9);
  for await (const _ of server.client().agents.list()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    break;
  }
  assert.equal(server.requests.length, 2);
});

test("the error of a prefetched page is thrown at its page", async () => {
  const server = await serve((_, index) =>
    index === 0 ? agentPage(1, 2) : { status: 404, body: { message: "gone", statusCode: 404 } },
  );
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const agent of server.client().agents.list()) {
        seen.push(agent.name);
        // The next page fails while no caller waits for it.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.match(error.stack?.split("\n")[1] ?? "", /pages\.test/);
      return true;
    },
  );
  assert.deepEqual(seen, ["Agent 1"]);
});

test("circular pagination is a PaginationError", async () => {
  const server = await serve(() => agentPage(1, 5));
  await assert.rejects(namesOf(server.client().agents.list()), PaginationError);
  assert.ok(server.requests.length <= 3);
});

test("withResponse works on a page", async () => {
  const server = await serve(() => ({ ...ok([]), headers: { "x-request-id": "r-9" } }));
  const { data, response } = await server.client().agents.list().withResponse();
  assert.equal(data.meta, null);
  assert.equal(data.requestId, "r-9");
  assert.equal(response.requestId, "r-9");
});

test("first() returns the first item with the fewest requests", async () => {
  const server = await pages(3);
  assert.equal((await server.client().agents.list().first())?.name, "Agent 1");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.requests.length, 1);
  const empty = await serve((_, index) => (index === 0 ? ok([], META) : agentPage(2, 2)));
  assert.equal((await empty.client().agents.list().first())?.name, "Agent 2");
  const none = await serve(() => ok([], { ...META, page_count: 0, has_next_page: false }));
  assert.equal(await none.client().agents.list().first(), null);
});

test("collect() returns all items or up to the limit", async () => {
  const server = await pages(4);
  const all = await server.client().agents.list().collect();
  assert.deepEqual(
    all.map(({ name }) => name),
    ["Agent 1", "Agent 2", "Agent 3", "Agent 4"],
  );
  const before = server.requests.length;
  const page = await server.client().agents.list();
  assert.equal((await page.collect({ limit: 2 })).length, 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.requests.length - before, 2);
  assert.deepEqual(await page.collect({ limit: 0 }), []);
  await assert.rejects(page.collect({ limit: -1 }), UserError);
  await assert.rejects(
    page.collect({ limit: "2" as never }),
    /`limit` must be a number from 0, not a string/,
  );
});

test("break stops the prefetch of pages", async () => {
  const server = await pages(5);
  const page = await server.client().agents.list();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.requests.length, 1, "a page alone fetches nothing");
  const items = page[Symbol.asyncIterator]();
  await items.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.requests.length, 2);
  await items.next();
  await items.return();
  // The pending request may still arrive.
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(server.requests.length <= 3);
});
