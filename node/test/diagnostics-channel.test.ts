// Messages of the channels of `node:diagnostics_channel`.
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { type DiagnosticsMessages, NotFoundError } from "bimpe";
import { ok, serve } from "./support/server.js";
import { event, serveStreams } from "./support/stream-server.js";

type Name = keyof DiagnosticsMessages;
type Message = { [N in Name]: { name: N; message: DiagnosticsMessages[N] } }[Name];

const NAMES: readonly Name[] = [
  "bimpe:request:start",
  "bimpe:request:retry",
  "bimpe:request:end",
  "bimpe:stream:start",
  "bimpe:stream:open",
  "bimpe:stream:reconnect",
  "bimpe:stream:end",
];

/** Returns the messages that are published while a function runs. */
async function published(run: () => Promise<unknown>, names = NAMES): Promise<Message[]> {
  const messages: Message[] = [];
  const listen = (message: unknown, name: string | symbol) => {
    messages.push({ name, message } as Message);
    if (name === "bimpe:request:start" || name === "bimpe:stream:start") {
      const { headers } = Object.values(message as object)[0] as { headers: Headers };
      headers.set("x-trace", "t1");
    }
  };
  for (const name of names) subscribe(name, listen);
  try {
    await run();
  } finally {
    for (const name of names) unsubscribe(name, listen);
  }
  return messages;
}

test("requests are published with their retries and their end", async () => {
  const server = await serve((_, index) =>
    index === 0 ? { status: 503, body: { message: "busy" } } : ok({ id: "a1" }),
  );
  const client = server.client();
  const messages = await published(() => client.agents.update("a1", { name: "canary" }));
  assert.deepEqual(
    messages.map(({ name }) => name),
    ["bimpe:request:start", "bimpe:request:retry", "bimpe:request:end"],
  );
  const [start, retry, end] = messages.map(({ message }) => message) as [
    DiagnosticsMessages["bimpe:request:start"],
    DiagnosticsMessages["bimpe:request:retry"],
    DiagnosticsMessages["bimpe:request:end"],
  ];
  const { headers, ...request } = start.request;
  assert.deepEqual(request, {
    operation: "agents.update",
    method: "PATCH",
    path: "/agents/{agent_id}",
    url: `${server.url}/api/v1/console/agents/a1`,
  });
  assert.deepEqual([...headers], [["x-trace", "t1"]]);
  assert.ok(retry.request === start.request && end.request === start.request);
  assert.deepEqual([retry.attempt, retry.error.status, end.attempts, end.status], [1, 503, 2, 200]);
  assert.deepEqual(
    server.requests.map((received) => received.headers["x-trace"]),
    ["t1", "t1"],
  );
});

test("a failed request is published with its error", async () => {
  const server = await serve(() => ({ status: 404, body: { message: "gone" } }));
  const names: Name[] = ["bimpe:request:end"];
  const [message] = await published(() => assert.rejects(server.client().agents.retrieve("a1")), names);
  assert.ok(message?.name === "bimpe:request:end" && message.message.error instanceof NotFoundError);
  assert.equal(message.message.request.operation, "agents.retrieve");
});

test("streams are published with their connections", async () => {
  const server = await serveStreams((connection) => connection.send(event("m1")));
  const stream = server.client.conversations.messages.stream("a1", "c1");
  // Created before the subscription, so it has no observer.
  stream.close();
  const messages = await published(async () => {
    const observed = server.client.conversations.messages.stream("a1", "c1");
    await observed.next();
    observed.close();
  });
  assert.deepEqual(
    messages.map(({ name }) => name),
    ["bimpe:stream:start", "bimpe:stream:open", "bimpe:stream:end"],
  );
  const objects = new Set(messages.map(({ message }) => ("stream" in message ? message.stream : undefined)));
  assert.equal(objects.size, 1);
});

test("without subscribers nothing is published", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  assert.deepEqual(await published(() => server.client().agents.retrieve("a1"), []), []);
  assert.equal(server.requests[0]?.headers["x-trace"], undefined);
});
