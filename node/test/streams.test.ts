// Streams of a server that drops connections, repeats events and refuses tickets.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AuthenticationError,
  ClientClosedError,
  EventStream,
  StreamDecodeError,
  StreamEndedError,
  type StreamOptions,
  UserError,
} from "bimpe";
import { KEY } from "./support/server.js";
import { event, type StreamServer, serveStreams } from "./support/stream-server.js";

function stream(server: StreamServer, options?: StreamOptions) {
  return server.client.conversations.messages.stream("a1", "c1", options);
}

/** Returns the ids of the next events. */
async function take(events: AsyncIterable<{ id: string }>, count: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of events) {
    ids.push(id);
    if (ids.length === count) break;
  }
  return ids;
}

test("events arrive in order and set lastId", async () => {
  const server = await serveStreams(({ send }) => {
    send(": hello\n\nevent: heartbeat\nid: 1\ndata: {}\n\n");
    send(event("m1") + event("m2"));
    send(event("m3"));
  });
  const events = stream(server, { after: "m0" });
  assert.ok(events instanceof EventStream);
  assert.equal(events.lastId, "m0");
  assert.equal(server.tickets, 0, "the stream opened before the first next()");
  const first = await events.next();
  assert.equal(first.value?.message, "m1");
  assert.equal(events.lastId, "m1");
  assert.deepEqual(await take(events, 2), ["m2", "m3"]);
  assert.equal(events.lastId, "m3");
  assert.equal(server.opened[0]?.after, "m0");
  assert.equal(server.opened[0]?.authorization, undefined);
});

test("a web stream has the events as lines, its errors, and closes the stream", async () => {
  const server = await serveStreams(({ send }) => send(event("m1") + event("m2")));
  const events = stream(server);
  const reader = new Response(events.toReadableStream()).body
    ?.pipeThrough(new TextDecoderStream())
    .getReader();
  const line = async () => JSON.parse((await reader?.read())?.value ?? "null");
  assert.equal((await line()).message, "m1");
  assert.equal((await line()).message, "m2");
  await reader?.cancel();
  assert.equal((await events.next()).done, true);
  const failing = stream(server).toReadableStream().getReader();
  server.client.close();
  await assert.rejects(failing.read(), ClientClosedError);
});

test("a stream resumes after a date and refuses an invalid one", async () => {
  const server = await serveStreams(({ send }) => send(event("m1")));
  const times = [new Date(Date.UTC(2026, 0, 1)), "2026-01-01", "2026-01-01T00:00:00Z"];
  for (const after of times) await take(stream(server, { after }), 1);
  const { messages } = server.client.conversations;
  await take(messages.streamMany("a1", ["c1"], { after: { c1: times[0] } }), 1);
  await take(messages.streamMany("a1", ["c1"], { after: times[0] }), 1);
  const opened = server.opened.map(({ after }) => after?.replace(".000", ""));
  assert.deepEqual(opened, Array(5).fill("2026-01-01T00:00:00Z"));
  const cases: [string | Date, RegExp][] = [
    ["2026-01-01T00:00:00", /`after` has no time zone/],
    ["2026-02-30", /`after` must be an event id or an ISO 8601 time/],
    [new Date(Number.NaN), /`after` must be a valid Date/],
  ];
  for (const [after, expected] of cases) {
    assert.throws(
      () => stream(server, { after }),
      (error) => error instanceof UserError && expected.test(error.message),
    );
  }
});

test("lastId follows each event of a batch", async () => {
  const server = await serveStreams(({ send }) =>
    send(`${event("m1")}event: message\ndata: {"message":"no id"}\n\n${event("m2")}${event("m3")}`),
  );
  const events = stream(server);
  const seen: (string | null)[] = [];
  for await (const _ of events) {
    seen.push(events.lastId);
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, ["m1", "m1", "m2"]);
  assert.equal(events.lastId, "m2", "an event counts when next() returns it");
});

test("events of any characters and length arrive unchanged", async () => {
  const messages = ["plain", "Grüße", "\u{1f980} Ọ̀ṣun"].flatMap((text) => [text, text.repeat(5000)]);
  const server = await serveStreams(({ send }) => {
    for (const [index, message] of messages.entries())
      send(`id: m${index}\ndata: ${JSON.stringify({ message })}\n\n`);
  });
  const seen: unknown[] = [];
  for await (const { message } of stream(server)) if (seen.push(message) === messages.length) break;
  assert.deepEqual(seen, messages);
});

test("no event is lost or repeated when the connection breaks", async () => {
  const TOTAL = 60;
  const server = await serveStreams(({ index, after, send, drop, response }) => {
    // The server repeats the event at the cursor and sends all later events.
    const from = after?.startsWith("m") ? Number(after.slice(1)) : 1;
    const rest = Array.from({ length: TOTAL + 1 - from }, (_, step) => event(`m${from + step}`)).join("");
    if (index % 4 === 3)
      return void response.writeHead(401, { "content-type": "application/json" }).end("{}");
    // Each connection ends at another byte of an event.
    send(rest.slice(0, index > 40 ? undefined : 500 + index * 37));
    if (index % 2 === 0) setTimeout(drop, 5);
    else if (index <= 40) setTimeout(() => response.end(), 5);
  });
  const events = stream(server);
  const ids = await take(events, TOTAL);
  assert.deepEqual(
    ids,
    Array.from({ length: TOTAL }, (_, step) => `m${step + 1}`),
  );
  const { reconnects, duplicatesDropped } = events.stats;
  assert.ok(reconnects > 5 && duplicatesDropped >= reconnects - 1, JSON.stringify(events.stats));
  assert.equal(server.tickets, server.opened.length, "a ticket opens one connection");
  await server.untilOpen(0);
});

test("break closes the connection at once", async () => {
  const server = await serveStreams(({ send }) => send(event("m1") + event("m2")));
  const events = stream(server);
  for await (const _ of events) {
    assert.equal(server.open, 1);
    break;
  }
  await server.untilOpen(0);
  assert.deepEqual(await events.next(), { done: true, value: undefined });
  assert.equal(server.opened.length, 1);
});

test("close ends a pending next() and can be called twice", async () => {
  const server = await serveStreams(({ send }) => send(": hello\n\n"));
  const events = stream(server);
  const waiting = [events.next(), events.next()];
  await server.untilOpen(1);
  events.close();
  events.close();
  for (const ended of await Promise.all(waiting)) assert.equal(ended.done, true);
  await server.untilOpen(0);
});

test("the end of an `await using` block closes a stream", async () => {
  const server = await serveStreams(({ send }) => send(event("m1")));
  const events = stream(server);
  await events.next();
  await events[Symbol.asyncDispose]();
  await server.untilOpen(0);
});

test("overlapping calls of next() resolve in order", async () => {
  const server = await serveStreams(({ send }) => {
    send(event("m1"));
    setTimeout(() => send(event("m2") + event("m3")), 50);
  });
  const events = stream(server);
  const three = await Promise.all([events.next(), events.next(), events.next()]);
  assert.deepEqual(
    three.map(({ value }) => value?.id),
    ["m1", "m2", "m3"],
  );
  events.close();
});

test("the end resolves all pending calls of next()", async () => {
  const server = await serveStreams(({ send }) => send(": hello\n\n"));
  const events = stream(server);
  const three = [events.next(), events.next(), events.next()];
  await server.untilOpen(1);
  events.close();
  assert.deepEqual(await Promise.all(three), Array(3).fill({ done: true, value: undefined }));
});

test("a signal ends a stream without an error", async () => {
  const server = await serveStreams(({ send }) => send(event("m1")));
  const controller = new AbortController();
  const events = stream(server, { signal: controller.signal });
  await events.next();
  const waiting = events.next();
  controller.abort(new Error("enough"));
  assert.deepEqual(await waiting, { done: true, value: undefined });
  for await (const _ of events) assert.fail("it has ended");
  assert.equal(events.lastId, "m1");
  await server.untilOpen(0);
});

test("an aborted signal opens no stream", async () => {
  const server = await serveStreams(({ send }) => send(event("m1")));
  for await (const _ of stream(server, { signal: AbortSignal.abort() })) assert.fail("it is aborted");
  assert.equal(server.tickets, 0);
});

test("StreamEndedError has the lastId to resume with", async () => {
  const server = await serveStreams(({ index, send, drop }) => {
    if (index > 0) return drop();
    send(event("m1"));
    setTimeout(drop, 20);
  });
  const events = stream(server, { maxRetries: 1 });
  await events.next();
  await assert.rejects(events.next(), (error) => {
    assert.ok(error instanceof StreamEndedError, String(error));
    assert.equal(error.lastId, "m1");
    assert.equal(typeof error.reason, "string");
    assert.match(error.stack ?? "", /streams\.test/);
    assert.ok(!JSON.stringify(error).includes(KEY));
    return true;
  });
  await assert.rejects(events.next(), StreamEndedError, "the stream ended without an error");
});

test("a response that is not a stream is an error", async () => {
  const server = await serveStreams(({ response }) => void response.writeHead(204).end());
  await assert.rejects(stream(server).next(), {
    name: "StreamEndedError",
    reason: "no_content",
    lastId: null,
  });
});

test("`reconnect: false` ends the stream with the connection", async () => {
  const server = await serveStreams(({ send, response }) => {
    send(event("m1"));
    response.end();
  });
  const ids: string[] = [];
  for await (const { id } of stream(server, { reconnect: false })) ids.push(id);
  assert.deepEqual(ids, ["m1"]);
});

test("a stream reconnects after `timeout` without data", async () => {
  const server = await serveStreams(({ index, send }) => send(index === 0 ? event("m1") : event("m2")));
  const events = stream(server, { timeout: 100 });
  assert.deepEqual(await take(events, 2), ["m1", "m2"]);
  assert.equal(events.stats.reconnects, 1);
});

test("an event that is not JSON throws StreamDecodeError and next() continues", async () => {
  const server = await serveStreams(({ send }) =>
    send(`${event("m1")}id: m2\nevent: message\ndata: {oops\n\n${event("m3")}`),
  );
  const events = stream(server);
  const ids: string[] = [];
  const read = async () => {
    for await (const { id } of events) {
      ids.push(id);
      if (id === "m3") break;
    }
  };
  await assert.rejects(read(), StreamDecodeError);
  await read();
  assert.deepEqual(ids, ["m1", "m3"]);
  await server.untilOpen(0);
});

test("an endless line is an error on each connection", async () => {
  const server = await serveStreams(({ send }) => send(`data: ${"x".repeat(3 << 20)}`));
  const events = stream(server);
  await assert.rejects(events.next(), StreamDecodeError);
  await assert.rejects(events.next(), StreamDecodeError);
  await server.untilOpen(0);
});

test("a stream ends after refused tickets", async () => {
  const server = await serveStreams(
    ({ response }) =>
      void response.writeHead(401, { "content-type": "application/json" }).end('{"message":"bad ticket"}'),
  );
  await assert.rejects(stream(server).next(), AuthenticationError);
  assert.equal(server.tickets, 3);
});

test("closing the client ends its streams with an error", async () => {
  const server = await serveStreams(({ send }) => send(event("m1")));
  const events = stream(server);
  await events.next();
  const waiting = events.next();
  server.client.close();
  await assert.rejects(waiting, ClientClosedError);
  await server.untilOpen(0);
  assert.throws(() => stream(server), ClientClosedError);
});

test("invalid ids and options of a stream are refused at once", async () => {
  const server = await serveStreams(() => {});
  const { messages } = server.client.conversations;
  assert.throws(() => messages.stream("a1", ".."), UserError);
  assert.throws(() => messages.stream("a1", undefined as never), /conversationId/);
  assert.throws(() => stream(server, { maxRetry: 1 } as never), /did you mean `maxRetries`\?/);
  assert.throws(() => stream(server, { reconnect: 1 } as never), /`reconnect` must be true or false/);
  assert.throws(() => stream(server, { timeout: -1 }), /`timeout`/);
  assert.throws(() => messages.streamMany("a1", []), /at least one `conversationId`/);
});
