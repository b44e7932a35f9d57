import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as bimpe from "bimpe";
import { errorOf } from "./support/errors.js";
import { KEY, ok, type Reply, serve } from "./support/server.js";

const cases: [number, string | undefined, string][] = [
  [400, undefined, "BadRequestError"],
  [400, "validation_error", "ValidationError"],
  [401, "api_key_invalid", "AuthenticationError"],
  [403, "insufficient_scope", "PermissionDeniedError"],
  [404, "not_found", "NotFoundError"],
  [409, "conflict", "ConflictError"],
  [418, undefined, "ApiError"],
  [429, "rate_limited", "RateLimitError"],
  [500, "internal_error", "InternalServerError"],
  [501, "not_implemented", "NotImplementedError"],
  [302, undefined, "RedirectError"],
];

/** Returns the error of a request with this reply. */
async function errorOfReply<E extends bimpe.BimpeAIError>(reply: Reply): Promise<E> {
  const server = await serve(() => reply);
  return errorOf(server.client({ maxRetries: 0 }).agents.retrieve("a1"), bimpe.BimpeAIError) as Promise<E>;
}

for (const [status, code, name] of cases) {
  test(`${status} ${code ?? ""} is a ${name}`, async () => {
    const body = { message: ["name: too long"], statusCode: status, code, request_id: "r-1" };
    const error = await errorOfReply({
      status,
      body,
      headers: { "x-request-id": "r-1", location: "https://x.example/y" },
    });
    assert.equal(error.constructor, (bimpe as Record<string, unknown>)[name]);
    assert.ok(
      error instanceof bimpe.ApiError && error instanceof bimpe.BimpeAIError && error instanceof Error,
    );
    assert.equal(error.name, name);
    assert.equal(error.status, status);
    assert.equal(error.requestId, "r-1");
    assert.equal(error.headers.get("x-request-id"), "r-1");
    assert.equal(error.attempts, 1);
    assert.ok(!JSON.stringify(error).includes(KEY) && !String(error.stack).includes(KEY));
    if (name === "ValidationError") {
      assert.deepEqual(error.fieldErrors, [{ path: "name", message: "too long" }]);
    }
  });
}

test("names of errors are the names of their classes", () => {
  const classes = Object.entries(bimpe).filter(([name]) => name.endsWith("Error"));
  assert.ok(classes.length > cases.length);
  for (const [name, Class] of classes) {
    assert.equal(new (Class as typeof bimpe.BimpeAIError)("text").name, name);
  }
});

test("RateLimitError has the limits and resetAt", async () => {
  const reset = 1_900_000_000;
  const headers = { "retry-after": "120", "x-ratelimit-limit": "60", "x-ratelimit-remaining": "0" };
  const error = await errorOfReply<bimpe.RateLimitError>({
    status: 429,
    headers: { ...headers, "x-ratelimit-reset": String(reset) },
    body: { message: "slow down", statusCode: 429 },
  });
  assert.deepEqual([error.retryAfter, error.limit, error.remaining], [120, 60, 0]);
  assert.deepEqual(error.resetAt, new Date(reset * 1000));
  assert.equal(error.retryable, true);
});

test("a 200 without an API response is an UnexpectedResponseError", async () => {
  const error = await errorOfReply({ body: "<html>", headers: { "content-type": "text/html" } });
  assert.ok(error instanceof bimpe.UnexpectedResponseError);
});

test("message is the server's text and toString adds the request", async () => {
  const body = { message: "No such agent", statusCode: 404, code: "not_found", request_id: "r-1" };
  const error = await errorOfReply({ status: 404, body, headers: { "x-request-id": "r-1" } });
  assert.equal(error.message, "No such agent");
  assert.equal(error.method, "GET");
  assert.equal(error.path, "/agents/{agent_id}");
  assert.deepEqual(error.params, { agentId: "a1" });
  const text = "NotFoundError: No such agent [GET /agents/a1, status 404, code not_found, request id r-1]";
  assert.equal(String(error), text);
  assert.equal(error.stack?.split("\n")[0], text);
  assert.ok(inspect(error).startsWith(text), inspect(error));
});

/** Returns the error of a request to this URL. */
async function errorFrom(baseUrl: string): Promise<bimpe.ConnectionError & { cause?: { code?: string } }> {
  const client = new bimpe.BimpeAI({ apiKey: KEY, baseUrl, maxRetries: 0 });
  const error = await errorOf(client.agents.retrieve("a1"), bimpe.ConnectionError);
  return error as bimpe.ConnectionError & { cause?: { code?: string } };
}

test("ConnectionError names the server and its cause has Node's code", async () => {
  const refused = await errorFrom("http://127.0.0.1:1");
  assert.equal(refused.cause?.code, "ECONNREFUSED");
  assert.match(refused.message, /^http:\/\/127\.0\.0\.1:1 could not be reached: /);
  assert.match(inspect(refused), /\[cause\]: .*127\.0\.0\.1:1/);
  const nameless = await errorFrom("https://nowhere.invalid");
  assert.match(String(nameless.cause?.code), /^(ENOTFOUND|EAI_AGAIN)$/);
  const server = await serve(() => ok(null));
  const plain = await errorFrom(server.url.replace("http:", "https:"));
  assert.equal(plain.cause?.code, "EPROTO");
  assert.ok(plain.message.includes(`does not speak TLS`) && plain.message.includes(`use ${server.url}`));
});

test("a request without a response in time is a ConnectionTimeoutError", async () => {
  const silent = await serve(() => undefined);
  const started = performance.now();
  const slow = silent.client().agents.retrieve("a1", { timeout: 200, maxRetries: 0 });
  await assert.rejects(slow, bimpe.ConnectionTimeoutError);
  assert.ok(performance.now() - started < 1000);
});

/** Returns the first line of an error's stack, and its first frame. */
function top(error: unknown): [string, string] {
  const [first = "", frame = ""] = (error as Error).stack?.split("\n") ?? [];
  return [first, frame];
}

test("the stack of an error begins at the await", async () => {
  const server = await serve(() => ({ status: 404, body: { message: "no", statusCode: 404 } }));
  const { agents } = server.client();
  const call = () => agents.retrieve("a1");
  const forms: Record<string, () => Promise<unknown>> = {
    async awaits() {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return await call();
    },
    async awaitsResponse() {
      return await call().withResponse();
    },
    async awaitsThen() {
      const promise = call();
      return await promise.then((agent) => agent.name);
    },
    async awaitsPage() {
      return await agents.list();
    },
    async iterates() {
      for await (const _ of agents.list());
    },
    async awaitsWithSignal() {
      return await agents.retrieve("a1", { signal: new AbortController().signal });
    },
  };
  for (const [name, wait] of Object.entries(forms)) {
    const [first, frame] = top(await wait().catch((error: Error) => error));
    assert.match(first, /^NotFoundError: no/);
    assert.match(frame, new RegExp(`${name} .*errors\\.test`), name);
  }
  async function awaitsAll(): Promise<void> {
    await Promise.all([call(), call()]);
  }
  const [, frame] = top(await awaitsAll().catch((error: Error) => error));
  assert.match(frame, /Promise\.all \(index \d\)/);
});

test("the stack of a UserError begins at the caller", async () => {
  const { agents } = (await serve(() => ok(null))).client();
  const refused = () => agents.retrieve(7 as unknown as string);
  const [first, frame] = top(await refused().catch((error: Error) => error));
  assert.match(first, /^UserError: /);
  assert.match(frame, /refused .*errors\.test/);
});

test("withResponse returns the response of one request", async () => {
  const server = await serve((_, index) =>
    index === 0 ? { status: 503, body: "{}" } : { ...ok({ id: "a1" }), headers: { "x-request-id": "r-7" } },
  );
  const promise = server.client().agents.retrieve("a1");
  const { data, response } = await promise.withResponse();
  assert.equal(data.id, "a1");
  assert.equal(response.status, 200);
  assert.equal(response.requestId, "r-7");
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.attempts, 2);
  assert.equal(response.idempotencyKey, null);
  assert.ok(response.elapsed > 0);
  assert.equal((await promise).id, "a1");
  assert.equal(server.requests.length, 2);
});

test("withResponse rejects once", async () => {
  const server = await serve(() => ({ status: 404, body: { message: "no", statusCode: 404 } }));
  await assert.rejects(server.client().agents.retrieve("a1").withResponse(), bimpe.NotFoundError);
  // An unhandled rejection of the promise itself would fail this file.
  await new Promise((resolve) => setImmediate(resolve));
});

test("a response without data is undefined", async () => {
  const server = await serve(() => ok(null));
  assert.equal(await server.client().agents.delete("a1"), undefined);
});
