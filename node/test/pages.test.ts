import assert from "node:assert/strict";
import { test } from "node:test";
import { type Agent, NotFoundError, Page, PaginationError } from "bimpe";
import { agentPage, ok, type Server, serve } from "./support/server.js";

/** A server with so many pages of one agent each. */
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

test("awaiting a list gives its first page, in one request", async () => {
  const server = await pages(2);
  const list = server.client().agents.list({ limit: 1, search: "a b" });
  const page = await list;
  assert.ok(page instanceof Page);
  assert.equal(await list, page);
  assert.equal(page.data[0]?.name, "Agent 1");
  assert.equal(page.meta?.total_count, 2);
  assert.equal(page.hasNextPage, true);
  assert.equal(server.asked.length, 1);
  assert.match(server.asked[0]?.path ?? "", /^\/agents\?.*limit=1/);
  const next = await page.getNextPage();
  assert.equal(next?.data[0]?.name, "Agent 2");
  assert.equal(next?.hasNextPage, false);
  assert.equal(await next?.getNextPage(), null);
});

test("iterating over a list gives the items of all pages", async () => {
  const server = await pages(3);
  assert.deepEqual(await namesOf(server.client().agents.list()), ["Agent 1", "Agent 2", "Agent 3"]);
  assert.equal(server.asked.length, 3);
  assert.deepEqual(await namesOf(await server.client().agents.list({ page: 2 })), ["Agent 2", "Agent 3"]);
});

test("pages() gives the pages", async () => {
  const server = await pages(3);
  const numbers: (number | undefined)[] = [];
  for await (const page of server.client().agents.list().pages()) numbers.push(page.meta?.current_page);
  assert.deepEqual(numbers, [1, 2, 3]);
});

test("the next page is fetched while one is in use, and no more", async () => {
  const server = await pages(9);
  for await (const _ of server.client().agents.list()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    break;
  }
  assert.equal(server.asked.length, 2);
});

test("a failure shows where its page is reached", async () => {
  const server = await serve((_, index) =>
    index === 0 ? agentPage(1, 2) : { status: 404, body: { message: "gone", statusCode: 404 } },
  );
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const agent of server.client().agents.list()) seen.push(agent.name);
  }, NotFoundError);
  assert.deepEqual(seen, ["Agent 1"]);
});

test("page numbers that go in circles end in an error", async () => {
  const server = await serve(() => agentPage(1, 5));
  await assert.rejects(namesOf(server.client().agents.list()), PaginationError);
  assert.ok(server.asked.length <= 3);
});

test("a page can be had with its response", async () => {
  const server = await serve(() => ({ ...ok([]), headers: { "x-request-id": "r-9" } }));
  const { data, response } = await server.client().agents.list().withResponse();
  assert.equal(data.meta, null);
  assert.equal(data.requestId, "r-9");
  assert.equal(response.requestId, "r-9");
});
