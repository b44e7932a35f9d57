// The hooks onRequest, onResponse and onRetry.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { test } from "node:test";
import {
  AbortError,
  type Hooks,
  InternalServerError,
  NotFoundError,
  type RequestEvent,
  type ResponseEvent,
  type RetryEvent,
} from "bimpe";
import { agentPage, ok, type Reply, serve } from "./support/server.js";

const BUSY: Reply = { status: 503, body: { message: "busy" } };

test("hooks run before a request, at retries and after it", async () => {
  const server = await serve((_, index) =>
    index === 0 ? BUSY : { ...ok({ id: "a1" }), headers: { "x-request-id": "r-1" } },
  );
  const events: [string, number][] = [];
  const requests: RequestEvent[] = [];
  const retries: RetryEvent[] = [];
  const responses: ResponseEvent[] = [];
  const hooks: Hooks = {
    onRequest: (event) => {
      requests.push(event);
      events.push(["request", server.requests.length]);
    },
    onRetry: (event) => {
      retries.push(event);
      events.push(["retry", server.requests.length]);
    },
    onResponse: (event) => {
      responses.push(event);
      events.push(["response", server.requests.length]);
    },
  };
  await server.client(hooks).agents.update("a1", { name: "n" }, { headers: { "x-one": "1" } });
  assert.deepEqual(events, [
    ["request", 0],
    ["retry", 1],
    ["response", 2],
  ]);
  const [request] = requests as [RequestEvent];
  assert.deepEqual(
    { ...request, headers: [...request.headers] },
    {
      operation: "agents.update",
      method: "PATCH",
      path: "/agents/{agent_id}",
      headers: [["x-one", "1"]],
    },
  );
  const { error, wait, ...retry } = retries[0] as RetryEvent;
  assert.deepEqual(retry, { operation: "agents.update", attempt: 1 });
  assert.ok(error instanceof InternalServerError && wait >= 50, `${error} ${wait}`);
  const { headers, elapsed, ...response } = responses[0] as ResponseEvent;
  assert.deepEqual(response, {
    operation: "agents.update",
    status: 200,
    requestId: "r-1",
    attempts: 2,
    error: null,
  });
  assert.equal(headers?.get("x-request-id"), "r-1");
  assert.ok(elapsed >= wait, `${elapsed}`);
});

test("headers that onRequest adds are sent with every page", async () => {
  const server = await serve((_, index) => agentPage(index + 1, 2));
  let count = 0;
  const onRequest = async ({ headers }: RequestEvent) => {
    await new Promise((resolve) => setImmediate(resolve));
    count++;
    headers.set("traceparent", `trace-${count}`);
  };
  await server
    .client({ onRequest })
    .agents.list({}, { headers: { "x-one": "1" } })
    .collect();
  assert.deepEqual(
    server.requests.map(({ headers }) => [headers.traceparent, headers["x-one"]]),
    [
      ["trace-1", "1"],
      ["trace-2", "1"],
    ],
  );
});

test("an error of onRequest rejects the request unchanged and nothing is sent", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const reason = new TypeError("no trace");
  const client = server.client({
    onRequest: () => {
      throw reason;
    },
  });
  await assert.rejects(client.agents.retrieve("a1"), (error) => error === reason);
  assert.equal(server.requests.length, 0);
});

test("hooks run in the async context of the call", async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const server = await serve((_, index) => (index === 0 ? ok({ id: "a1" }) : { status: 404, body: {} }));
  const client = server.client({ onResponse: () => void seen.push(context.getStore()) });
  await context.run("first", () => client.agents.retrieve("a1"));
  await context.run("second", () => assert.rejects(client.agents.retrieve("a1")));
  assert.deepEqual(seen, ["first", "second"]);
});

test("onResponse has the error that the caller catches", async () => {
  const server = await serve(() => ({ status: 404, body: { message: "gone" } }));
  const events: ResponseEvent[] = [];
  const client = server.client({ onResponse: (event) => void events.push(event) });
  const error = await client.agents.retrieve("a1").catch((error: unknown) => error);
  assert.ok(error instanceof NotFoundError);
  assert.equal(events[0]?.error, error);
  assert.equal(events[0]?.status, 404);
  await assert.rejects(client.agents.retrieve("a1", { signal: AbortSignal.abort() }), AbortError);
  assert.deepEqual([events[1]?.status, events[1]?.error?.name], [null, "AbortError"]);
});

test("errors of onRetry and onResponse become warnings", async () => {
  const server = await serve((_, index) => (index === 0 ? BUSY : ok({ id: "a1" })));
  const warned: string[] = [];
  const listen = (warning: Error) => warned.push(`${warning.name} ${warning.message}`);
  process.on("warning", listen);
  const client = server.client({
    onRetry: () => {
      throw new Error("first error");
    },
    onResponse: async () => {
      throw new Error("second error");
    },
  });
  assert.equal((await client.agents.retrieve("a1")).id, "a1");
  if (warned.length < 2) await once(process, "warning");
  process.off("warning", listen);
  assert.match(warned[0] ?? "", /BimpeHookWarning onRetry threw: Error: first error/);
  assert.match(warned[1] ?? "", /BimpeHookWarning onResponse threw: Error: second error/);
});

test("hooks run for derived clients and custom requests", async () => {
  const server = await serve(() => ok(null));
  const events: RequestEvent[] = [];
  const client = server
    .client({ onRequest: (event) => void events.push(event) })
    .withOptions({ timeout: 1000 });
  await client.request({ method: "GET", path: "/new" });
  const { operation, method, path } = events[0] as RequestEvent;
  assert.deepEqual({ operation, method, path }, { operation: "request", method: "GET", path: "/new" });
  assert.throws(() => server.client({ onRetry: 1 as never }), /`onRetry` must be a function, not 1/);
});
