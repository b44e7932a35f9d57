// Functions as API key, and connections that the clients of a process share.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthenticationError, BimpeAI, UserError } from "bimpe";
import { startSandbox } from "./support/sandbox.js";
import { agentPage, serve } from "./support/server.js";

test("each request calls the key function", async () => {
  const server = await serve(() => agentPage(1, 1));
  let count = 0;
  const client = server.client({ apiKey: () => `sk_test_${++count}` });
  await client.agents.list();
  await client.withOptions({ timeout: 9000 }).agents.list();
  await client.request({ method: "GET", path: "/agents" });
  const later = server.client({ apiKey: async () => "sk_test_later" });
  await later.agents.list();
  const keys = server.requests.map(({ headers }) => headers.authorization);
  assert.deepEqual(
    keys,
    ["1", "2", "3", "later"].map((key) => `Bearer sk_test_${key}`),
  );
});

const WRONG: [unknown, RegExp][] = [
  [() => undefined, /must return a string, not undefined/],
  [() => "", /is empty/],
  [() => "sk_canary\n", /newline/],
];
for (const [apiKey, says] of WRONG) {
  test(`an invalid result of the key function is refused: ${says}`, async () => {
    const server = await serve(() => agentPage(1, 1));
    const client = server.client({ apiKey: apiKey as () => string });
    await assert.rejects(client.agents.list(), (error) => {
      assert.ok(error instanceof UserError && says.test(error.message), `${error}`);
      assert.ok(!error.message.includes("canary") && error.stack?.includes(__filename));
      return true;
    });
    assert.equal(server.requests.length, 0);
  });
}

test("an error of the key function is the cause of a UserError", async () => {
  const failure = new RangeError("the vault is closed");
  const apiKey = (): string => {
    throw failure;
  };
  const client = new BimpeAI({ apiKey, baseUrl: "http://127.0.0.1:1" });
  await assert.rejects(
    client.agents.list(),
    (error) => error instanceof UserError && error.cause === failure,
  );
});

test("a stream calls the key function again after a refused key", async () => {
  const { client, agentId, apiKey, url } = await startSandbox();
  await client.conversations.send(agentId, {
    message: "Hello",
    channel_type: "webchat",
    channel_user_id: crypto.randomUUID(),
  });
  const [newest] = await client.conversations.list(agentId, { sort: "-created_at", limit: 1 }).collect();
  assert.ok(newest !== undefined);
  const open = (keys: string[]) => {
    const keyed = new BimpeAI({
      apiKey: () => keys.shift() ?? "sk_sandbox_wrong",
      baseUrl: url,
    });
    return keyed.conversations.messages.stream(agentId, newest.id, {
      after: "2020-01-01T00:00:00Z",
    });
  };
  await using stream = open(["sk_sandbox_replaced", "sk_sandbox_replaced_too", apiKey]);
  const first = await stream.next();
  assert.equal(first.value?.conversation_id, newest.id);
  await assert.rejects(open([]).next(), AuthenticationError);
});

const REFUSED = { status: 401, body: { message: "not this one", code: "invalid_api_key", statusCode: 401 } };

test("a stream ends after refused keys", { timeout: 60_000 }, async () => {
  const server = await serve(() => REFUSED);
  let count = 0;
  const client = server.client({ apiKey: () => `sk_test_${++count}` });
  const { messages } = client.conversations;
  for (const stream of [messages.stream("a", "c"), messages.streamMany("a", ["c"])]) {
    server.requests.length = 0;
    const started = performance.now();
    await assert.rejects(stream.next(), AuthenticationError);
    assert.ok(performance.now() - started < 15_000);
    const keys = new Set(server.requests.map(({ headers }) => headers.authorization));
    assert.ok(keys.size >= 2 && server.requests.length <= 12, `${server.requests.length} requests`);
    assert.equal(keys.size, server.requests.length);
    await assert.rejects(stream.next(), AuthenticationError);
    assert.equal(keys.size, server.requests.length);
  }
});

test("a refused key is sent once", async () => {
  const server = await serve(() => REFUSED);
  const client = server.client({ apiKey: () => "sk_test_same" });
  await assert.rejects(client.conversations.messages.stream("a", "c").next(), AuthenticationError);
  assert.equal(server.requests.length, 1);
});

test("clients of a process share connections", async () => {
  const server = await serve(() => agentPage(1, 1));
  const ports = new Set<number | undefined>();
  for (let number = 0; number < 20; number++) {
    using client = server.client({ apiKey: `sk_test_${number}` });
    await client.agents.list();
    ports.add(server.requests.at(-1)?.port);
  }
  assert.ok(ports.size < 20, "each request opened a connection");
});
