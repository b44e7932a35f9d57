// Runs cases of tests/cases in another runtime and checks their outcomes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { matches } from "../matches.mjs";
import { named } from "../names.mjs";
import { isOfFetch, shownStatus } from "./fetch-cases.mjs";

export const table = JSON.parse(readFileSync(new URL("../cases/faults.json", import.meta.url), "utf8"));

/** Declares the tests of a runtime. The codes of failed connections differ, and each call has its own client. */
export function testFaults(runtime, getServer, call) {
  const cases = Object.values(table.cases)
    .flat()
    .filter((example) => !isOfFetch(example, runtime))
    .filter(({ address, os_code, preceding_requests }) => !address && !os_code && !preceding_requests);
  const isLarge = ({ name }) => name.includes(" MB");
  describe(`${runtime}: faults`, { concurrency: 8 }, () => {
    for (const example of cases) {
      if (!isLarge(example)) test(example.name, () => checkFault(example, runtime, getServer(), call));
    }
  });
  // One at a time, because the memory of an isolate is limited.
  describe(`${runtime}: large responses`, () => {
    for (const example of cases.filter(isLarge)) {
      test(example.name, () => checkFault(example, runtime, getServer(), call));
    }
  });
  test(`${runtime}: a stream reconnects and resumes`, () => checkStream(getServer(), call));
}

/**
 * Runs a case of faults.json. `call` runs tests/edge/call.mjs in the runtime. A runtime may use a connection that the server
 * of an earlier case has closed, which costs an attempt, so a failed case runs again.
 */
async function checkFault(example, runtime, server, call) {
  try {
    await runCase(example, runtime, server, call);
  } catch {
    await runCase(example, runtime, server, call);
  }
}

/** Lets the client use a connection once: runtimes repeat a request themselves if an earlier response used its connection. */
function once(reply) {
  if (reply.raw !== undefined) return reply;
  return { ...reply, headers: { connection: "close", ...reply.headers }, then: reply.then ?? "close" };
}

async function runCase(example, runtime, server, call) {
  const known = (reply) => once(typeof reply === "string" ? table.replies[reply] : reply);
  const scenario = await server.scenario(example.replies.map(known));
  const limits = { ...table.client, ...example.client };
  const operation = table.operations[example.operation];
  const settings = {
    apiKey: table.api_key,
    baseUrl: scenario.baseUrl,
    timeout: limits.timeout * 1000,
    maxRetries: limits.max_retries,
  };
  const { error, value, items } = await call({ settings, ...operation });

  const { requests, effects } = await scenario.requestLog();
  const keys = new Set(requests.map(({ key }) => key).filter((key) => key !== null));
  const found = { requests: requests.length, keys: keys.size, effects };
  for (const [name, number] of Object.entries(found)) assert.equal(number, example[name] ?? number, `${name}; ${error?.text}`);
  assert.equal(items, example.items ?? items);
  if (example.expected_error === undefined) {
    assert.equal(error, undefined, error?.stack);
    const expected = example.value ?? value;
    assert.ok(matches(value, expected), JSON.stringify({ value, expected }));
    return;
  }
  assert.ok(error?.ours, JSON.stringify({ error, value }));
  assert.equal(error.class, table.error_classes[example.expected_error][1], error.text);
  for (const words of (example.message_contains ?? []).map(named)) assert.ok(error.text.includes(words), error.text);
  assert.ok(error.stack.startsWith(error.text), error.stack);
  if (example.same_key) assert.ok(keys.has(error.idempotencyKey), error.idempotencyKey);
  if (!example.may_contain_canary) assert.ok(!JSON.stringify(error).includes("canary"), JSON.stringify(error));
  const status = example.error_fields?.status;
  if (status !== undefined) assert.equal(error.status, shownStatus(status, runtime));
}

/** Reads a stream that reconnects once, and checks that no event is missing or repeated. */
async function checkStream(server, call) {
  const event = (id) => `id: ${id}\nevent: message\ndata: {"id":"${id}","message":"${"m".repeat(2000)}"}\n\n`;
  const ticket = { match: { path_ends: "/stream-ticket" }, times: 99, body: { data: { ticket: "t" } } };
  const stream = (chunks) => ({
    match: { path_ends: "/stream" },
    headers: { "content-type": "text/event-stream" },
    chunks,
  });
  const scenario = await server.scenario([
    ticket,
    stream([{ text: event("e1") }, { text: event("e2") }]),
    // The server repeats the last event.
    stream([{ text: event("e2") }, { text: event("e3") }, { text: "", wait: 60 }]),
  ]);
  const settings = { apiKey: table.api_key, baseUrl: scenario.baseUrl };
  const path = ["a1", "c1"];
  const { events, error } = await call({ settings, method: "conversations.messages.stream", path, events: 3 });
  assert.deepEqual(events, { ids: ["e1", "e2", "e3"], reconnects: 1 }, error?.stack);
  const { requests } = await scenario.requestLog();
  const opened = requests.filter(({ target }) => target.includes("/stream?"));
  assert.deepEqual(
    opened.map(({ target }) => new URLSearchParams(target.split("?")[1]).get("after")),
    [null, "e2"],
  );
}
