// Duplicates and differences in `ensure`, and the errors of helpers.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import * as bimpe from "bimpe";
import { replies } from "./support/cancellation-points.js";
import { errorOf } from "./support/errors.js";
import { type FaultServer, startFaults } from "./support/faults.js";
import { type Sandbox, startSandbox } from "./support/sandbox.js";

let sandbox: Sandbox;
let faults: FaultServer;
before(async () => {
  sandbox = await startSandbox();
  faults = await startFaults();
});
beforeEach(() => sandbox.reset());
after(() => faults.stop());

test("ensure from several clients creates one object", async () => {
  const body = { name: "Orders", base_url: "https://a.example.com" };
  const calls = Array.from({ length: 16 }, (_, index) => {
    const signal = index % 2 === 0 ? undefined : new AbortController().signal;
    const client = new bimpe.BimpeAI({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
    return client.agents.integrations.customApi.ensure(sandbox.agentId, body, { signal });
  });
  const ids = new Set((await Promise.all(calls)).map((api) => api.id));
  assert.equal(ids.size, 1);
  assert.equal((await sandbox.client.agents.integrations.customApi.list(sandbox.agentId)).length, 1);
});

test("ensure throws EnsureConflictError on differences unless onDifference is set", async () => {
  const { customApi } = sandbox.client.agents.integrations;
  const first = await customApi.ensure(sandbox.agentId, {
    name: "Orders",
    base_url: "https://a.example.com",
  });
  const other = {
    name: "Orders",
    base_url: "https://b.example.com",
    auth_type: "bearer",
    auth_config: { token: "canary-token" },
  } as const;
  const error = await errorOf(customApi.ensure(sandbox.agentId, other), bimpe.EnsureConflictError);
  assert.ok(!(error instanceof bimpe.ApiError));
  assert.deepEqual([error.code, error.status, error.mayHaveBeenApplied], ["ensure_conflict", null, false]);
  assert.deepEqual(
    error.fieldErrors.map((field) => field.path),
    ["base_url", "auth_type"],
  );
  assert.match(error.fieldErrors[1]?.message ?? "", /is `none`, not `bearer`/);
  assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes("canary"));
  const kept = await customApi.ensure(sandbox.agentId, other, { onDifference: "keep", timeout: 30_000 });
  assert.equal(kept.id, first.id);
  const replaced = await customApi.ensure(sandbox.agentId, other, { onDifference: "replace" });
  assert.notEqual(replaced.id, first.id);
  assert.deepEqual(await customApi.list(sandbox.agentId), [replaced]);
  const wrong = { onDifference: "update" } as unknown as bimpe.RequestOptions;
  await errorOf(customApi.ensure(sandbox.agentId, other, wrong), bimpe.UserError);
  // Only helpers have this option.
  const list = customApi.list(sandbox.agentId, { onDifference: "keep" } as bimpe.RequestOptions);
  await errorOf(list, bimpe.UserError);
});

test("a signal keeps the idempotency key of ensure", async () => {
  const empty = { body: { message: "ok", data: [] } };
  const busy = { status: 403, body: { message: "no", statusCode: 403 } };
  const keys: (string | null)[] = [];
  for (const signal of [undefined, new AbortController().signal]) {
    const scenario = await faults.scenario([empty, busy]);
    const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl });
    const call = client.agents.integrations.customApi.ensure("a", { name: "Orders" }, { signal });
    keys.push((await errorOf(call, bimpe.PermissionDeniedError)).idempotencyKey);
  }
  assert.ok(keys[0]);
  assert.equal(keys[1], keys[0]);
});

test("ensure creates a deleted object again", async () => {
  const { customApi } = sandbox.client.agents.integrations;
  const first = await customApi.ensure(sandbox.agentId, { name: "Orders" });
  await customApi.disconnect(sandbox.agentId, first.id);
  const second = await customApi.ensure(sandbox.agentId, { name: "Orders" });
  assert.notEqual(second.id, first.id);
  assert.deepEqual(await customApi.list(sandbox.agentId), [second]);
});

const LIMITED = {
  status: 429,
  body: { message: "slow down", code: "rate_limited", statusCode: 429 },
};

test("the client timeout limits a helper", async () => {
  const queued = { body: { message: "ok", data: { id: "c", status: "queued" } } };
  const scenario = await faults.scenario([queued], "repeat");
  const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl, timeout: 1000 });
  const error = await errorOf(client.calls.wait("a", "c"), bimpe.ConnectionTimeoutError);
  assert.match(error.message, /the call did not end within 1s/);
  assert.equal(error.cause, undefined);
});

test("a helper polls at pollInterval", async () => {
  const queued = { body: { message: "ok", data: { id: "c", status: "queued" } } };
  const scenario = await faults.scenario([queued], "repeat");
  const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl, timeout: 1000 });
  const error = await errorOf(
    client.calls.wait("a", "c", { pollInterval: 100 }),
    bimpe.ConnectionTimeoutError,
  );
  assert.ok(error.attempts > 5 && error.attempts <= 10, String(error.attempts));
});

test("the timeout error of a helper has the rate limit as cause", async () => {
  const scenario = await faults.scenario([
    { ...LIMITED, headers: { "Retry-After": "1" } },
    ...replies("never"),
  ]);
  const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl, timeout: 2500 });
  const call = client.agents.integrations.customApi.ensure("a", { name: "Orders" });
  const error = await errorOf(call, bimpe.ConnectionTimeoutError);
  assert.ok(error.cause instanceof bimpe.RateLimitError, String(error.cause));
  assert.deepEqual([error.cause.status, error.cause.code, error.cause.retryAfter], [429, "rate_limited", 1]);
  assert.deepEqual([error.status, error.code, error.retryAfter], [429, "rate_limited", 1]);
});

test("a rate limit beyond the timeout is thrown as RateLimitError", async () => {
  const scenario = await faults.scenario([{ ...LIMITED, headers: { "Retry-After": "30" } }]);
  const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl, timeout: 2000 });
  const call = client.agents.integrations.customApi.ensure("a", { name: "Orders" });
  const error = await errorOf(call, bimpe.RateLimitError);
  assert.deepEqual([error.status, error.code, error.retryAfter], [429, "rate_limited", 30]);
});
