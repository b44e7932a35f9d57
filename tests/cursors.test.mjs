// Runs cases/cursors.json.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bimpe, readCases } from "./bimpe.mjs";
import { startFaultServer } from "./fault-server.mjs";
import { record } from "./results.mjs";

const table = readCases("cursors");
const unreadable = "!";

let server;

before(async () => {
  server = await startFaultServer();
});

let passed = 0;

after(() => {
  server.stop();
  const figures = { "other outcomes": table.cases.length - passed };
  record(4, "Cursors before and after good and bad events", table.cases.length, figures, { "other outcomes": 0 });
});

const dated = (date) => (date === undefined ? {} : { date });

/** Returns the replies of the server in a case. */
function script({ ticket_date, streams }) {
  const ticket = { match: { path_ends: "/stream-ticket" }, times: 99, body: { data: { ticket: "t" } } };
  const replies = [{ ...ticket, headers: dated(ticket_date) }];
  for (const [conversation, { connections, date }] of Object.entries(streams)) {
    for (const [index, names] of connections.entries()) {
      const text = `: hello\n\n${names.map((name) => table.events[name]).join("")}`;
      const stays = index + 2 >= connections.length ? [{ text: "", wait: 60 }] : [];
      replies.push({
        match: { path_ends: `/${conversation}/stream` },
        headers: { "content-type": "text/event-stream", ...dated(date) },
        chunks: [{ text }, ...stays],
      });
    }
  }
  return replies;
}

/** Opens a stream of a conversation, or a merged stream. */
function open(client, conversations, from) {
  const { messages } = client.conversations;
  const [first] = conversations;
  const options = from === null ? {} : { after: from };
  if (conversations.length > 1) return messages.streamMany("a1", conversations, options);
  return messages.stream("a1", first, options);
}

const cursor = (stream, conversation) => (stream instanceof bimpe.MergedStream ? stream.lastIds[conversation] : stream.lastId);

/** Returns the conversation and id of the next event. A malformed event has a mark in place of its id. */
async function next(stream, conversations) {
  try {
    const { value } = await stream.next();
    return [value.conversation_id, value.id ?? null];
  } catch (error) {
    assert.ok(error instanceof bimpe.StreamDecodeError, String(error));
    return [error.source ?? conversations[0], unreadable];
  }
}

const mapped = (streams, of) => Object.fromEntries(Object.entries(streams).map(([name, one]) => [name, of(one, name)]));

for (const example of table.cases) {
  test(example.name, async () => {
    const scenario = await server.scenario(script(example));
    const client = new bimpe.BimpeAI({ apiKey: table.api_key, baseUrl: scenario.baseUrl });
    const { streams } = example;
    const names = Object.keys(streams);
    const stream = open(client, names, example.after);
    const cursors = () => mapped(streams, (_, name) => cursor(stream, name));
    assert.deepEqual(
      cursors(),
      mapped(streams, (one) => one.first_cursor),
    );
    const seen = mapped(streams, () => []);
    const count = Object.values(streams).reduce((sum, one) => sum + one.expected_events.length, 0);
    for (let index = 0; index < count; index += 1) {
      const [name, what] = await next(stream, names);
      seen[name].push([what, cursor(stream, name)]);
    }
    assert.deepEqual(
      seen,
      mapped(streams, (one) => one.expected_events),
    );
    stream.close();
    assert.deepEqual(
      cursors(),
      mapped(streams, (one) => one.expected_events.at(-1)?.[1] ?? one.first_cursor),
    );

    const again = open(client, names, names.length > 1 ? cursors() : cursor(stream, names[0]));
    const then = [];
    for (const _ of names) then.push(await next(again, names));
    assert.deepEqual(
      Object.fromEntries(then),
      mapped(streams, (one) => one.next_event),
    );
    again.close();
    const afters = mapped(streams, () => []);
    for (const { target } of (await scenario.requestLog()).requests) {
      const { pathname, searchParams } = new URL(target, "http://x");
      if (pathname.endsWith("/stream")) afters[pathname.split("/").at(-2)].push(searchParams.get("after"));
    }
    assert.deepEqual(
      afters,
      mapped(streams, (one) => one.expected_after),
    );
    passed += 1;
  });
}
