// Custom requests, and metadata of responses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CustomRequest, NotFoundError, UserError, webchatUserId } from "bimpe";
import { KEY, ok, serve } from "./support/server.js";

test("a custom request has the key, query, body and options", async () => {
  const meta = { total_count: 1, page_count: 1, current_page: 1, limit: 5 };
  const server = await serve(() => ({ ...ok([{ id: "x1" }], meta), headers: { "x-request-id": "r-1" } }));
  const result = await server.client().request<{ id: string }[]>({
    method: "POST",
    path: "/new/object",
    query: { limit: 5, search: "a b", none: undefined },
    body: { name: "n", deep: { list: [1, null] } },
    idempotencyKey: "key-1",
    headers: { "x-one": "1" },
  });
  const { data, headers, elapsed, ...rest } = result;
  assert.equal(data[0]?.id, "x1");
  assert.equal(headers.get("x-request-id"), "r-1");
  assert.ok(elapsed > 0);
  assert.deepEqual(rest, { meta, requestId: "r-1", status: 200, attempts: 1, idempotencyKey: "key-1" });
  const asked = server.requests[0];
  assert.equal(asked?.method, "POST");
  assert.match(asked?.path ?? "", /^\/new\/object\?limit=5&search=a(\+|%20)b$/);
  assert.deepEqual(JSON.parse(asked?.body ?? ""), { name: "n", deep: { list: [1, null] } });
  assert.equal(asked?.headers.authorization, `Bearer ${KEY}`);
  assert.equal(asked?.headers["idempotency-key"], "key-1");
  assert.equal(asked?.headers["x-one"], "1");
});

test("responses of any characters and length arrive unchanged", async () => {
  for (const text of ["plain", "Grüße", "\u{1f980} Ọ̀ṣun"]) {
    for (const data of [text, text.repeat(10_000)]) {
      const server = await serve(() => ok({ data }));
      const result = await server.client().request<{ data: string }>({ method: "GET", path: "/object" });
      assert.equal(result.data.data, data);
    }
  }
});

test("a custom response without data is null", async () => {
  const server = await serve(() => ({ status: 204, body: "" }));
  const result = await server.client().request({ method: "DELETE", path: "/object/1" });
  assert.equal(result.data, null);
  assert.equal(result.meta, null);
  assert.equal(result.status, 204);
});

test("custom requests throw the errors of methods", async () => {
  const server = await serve((_, index) =>
    index === 0 ? { status: 503, body: "{}" } : { status: 404, body: { message: "gone" } },
  );
  await assert.rejects(server.client().request({ method: "GET", path: "/object" }), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.equal(error.attempts, 2);
    assert.match(error.stack ?? "", /request\.test/);
    return true;
  });
});

test("invalid custom requests are refused", async () => {
  const server = await serve(() => ok(null));
  const refused = async (request: unknown, why: RegExp) => {
    await assert.rejects(server.client().request(request as CustomRequest), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, why);
      return true;
    });
  };
  await refused({ method: "GET", path: "/a/../b" }, /`\.\.`/);
  await refused({ method: "GET", path: "/a/%2e%2E/b" }, /`\.\.`/);
  await refused({ method: "GET", path: "a" }, /start with/);
  await refused({ method: "GET", path: "//evil.example/a" }, /start with one/);
  await refused({ method: "GET", path: "/a?b=1" }, /query/);
  await refused({ method: "GET", path: "/a b" }, /percent-encoded/);
  await refused({ method: "TRACE", path: "/a" }, /method/);
  await refused({ method: "GET /x", path: "/a" }, /path|method/);
  await refused({ path: "/a" }, /`method` must be a string, not undefined/);
  await refused({ method: "GET", path: "/a", pth: "/b" }, /`pth`; did you mean `path`\?/);
  await refused({ method: "GET", path: "/a", maxRetry: 1 }, /did you mean `maxRetries`\?/);
  await refused({ method: "POST", path: "/a", body: { x: 1n } }, /`x` is a BigInt/);
  await refused("GET /a", /one object/);
  assert.equal(server.requests.length, 0);
});

test("withResponse has attempts, duration, key and headers", async () => {
  const server = await serve((_, index) =>
    index === 0 ? { status: 503, body: "{}" } : { ...ok({ id: "a1" }), headers: { "x-request-id": "r-7" } },
  );
  const { data, response } = await server.client().agents.update("a1", { name: "n" }).withResponse();
  assert.equal(data.id, "a1");
  assert.equal(response.status, 200);
  assert.equal(response.attempts, 2);
  assert.ok(response.elapsed >= 50, `${response.elapsed}`);
  assert.equal(response.requestId, "r-7");
  assert.equal(response.headers.get("x-request-id"), "r-7");
  const keys = server.requests.map(({ headers }) => headers["idempotency-key"]);
  assert.deepEqual(keys, [response.idempotencyKey, response.idempotencyKey]);
  const read = await server.client().agents.retrieve("a1").withResponse();
  assert.equal(read.response.idempotencyKey, null);
});

test("a webchat user id is a UUID derived from the text", () => {
  assert.equal(webchatUserId("customer 17"), "cf45f6d9-841a-56db-bc96-7804b0bc49ea");
  assert.notEqual(webchatUserId("customer 18"), webchatUserId("customer 17"));
  assert.throws(() => webchatUserId(42 as never), UserError);
  assert.throws(() => webchatUserId("\ud800"), UserError);
});
