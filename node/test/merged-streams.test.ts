// Merged streams: fairness, and errors that name the stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MergedStream, NotFoundError } from "bimpe";
import { event, serveStreams } from "./support/stream-server.js";

test("a busy stream does not delay the others", async () => {
  const server = await serveStreams(({ conversation, send }) => {
    const count = conversation === "busy" ? 1000 : 3;
    send(Array.from({ length: count }, (_, step) => event(`${conversation}-${step}`)).join(""));
  });
  const merged = server.client.conversations.messages.streamMany("a1", ["busy", "b", "c", "b"]);
  assert.ok(merged instanceof MergedStream);
  const seen: string[] = [];
  for await (const { id } of merged) {
    seen.push(id);
    if (["busy-0", "b-2", "c-2"].every((last) => seen.includes(last))) break;
  }
  assert.ok(seen.indexOf("b-2") - seen.indexOf("b-0") < 10, seen.join());
  assert.deepEqual(
    seen.filter((id) => id.startsWith("b-")),
    ["b-0", "b-1", "b-2"],
  );
  assert.equal(server.opened.length, 3);
  assert.equal(merged.lastIds.b, "b-2");
  await server.untilOpen(0);
  assert.equal((await merged.next()).done, true);
});

test("a merged stream resumes from lastIds", async () => {
  const server = await serveStreams(({ send, conversation }) => send(event(`${conversation}-9`)));
  const { messages } = server.client.conversations;
  const merged = messages.streamMany("a1", ["b", "c"], { after: { b: "b-8", c: null } });
  await merged.next();
  await merged.next();
  const after = Object.fromEntries(server.opened.map((opened) => [opened.conversation, opened.after]));
  assert.deepEqual(after, { b: "b-8", c: null });
  assert.deepEqual(merged.lastIds, { b: "b-9", c: "c-9" });
  merged.close();
  await server.untilOpen(0);
});

test("a merged stream ends after all streams", async () => {
  const server = await serveStreams(({ conversation, send, response }) => {
    send(event(`${conversation}-1`));
    setTimeout(() => response.end(), conversation === "b" ? 0 : 50);
  });
  const seen: string[] = [];
  const { messages } = server.client.conversations;
  for await (const { id } of messages.streamMany("a1", ["b", "c"], { reconnect: false })) seen.push(id);
  assert.deepEqual(seen.sort(), ["b-1", "c-1"]);
});

test("an error names its stream and closes all", async () => {
  const server = await serveStreams(({ conversation, send, response }) => {
    if (conversation === "b") return send(event("b-1"));
    response.writeHead(404, { "content-type": "application/json" }).end('{"message":"gone"}');
  });
  const merged = server.client.conversations.messages.streamMany("a1", ["b", "c"]);
  const read = async () => {
    for await (const _ of merged);
  };
  await assert.rejects(read(), (error) => {
    assert.ok(error instanceof NotFoundError, String(error));
    assert.equal(error.message, "gone");
    assert.equal(error.source, "c");
    assert.deepEqual(error.params, { agentId: "a1", conversationId: "c" });
    assert.match(error.stack ?? "", /^NotFoundError: c: gone \[[\s\S]*merged-streams\.test/);
    return true;
  });
  await assert.rejects(merged.next(), NotFoundError);
  await server.untilOpen(0);
});

test("one signal ends all streams", async () => {
  const server = await serveStreams(({ send }) => send(": hello\n\n"));
  const ids = Array.from({ length: 20 }, (_, number) => `c${number}`);
  const controller = new AbortController();
  const merged = server.client.conversations.messages.streamMany("a1", ids, { signal: controller.signal });
  const waiting = merged.next();
  await server.untilOpen(20);
  controller.abort();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  for await (const _ of merged) assert.fail("it has ended");
  await server.untilOpen(0);
});
