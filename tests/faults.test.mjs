// Runs cases/faults.json.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { bimpe, isWasm, methodOf, readCases } from "./bimpe.mjs";
import { isOfFetch } from "./edge/fetch-cases.mjs";
import { startFaultServer } from "./fault-server.mjs";
import { matches } from "./matches.mjs";
import { isFullRun, record } from "./results.mjs";
import { camel, foreign, named, ownText } from "./names.mjs";

const table = readCases("faults");
// Tolerance for requests that seem early, because clocks differ.
const tolerance = 0.05;

let server;

before(async () => {
  server = await startFaultServer();
});

after(() => server.stop());

const camelNames = (params) => Object.fromEntries(Object.entries(params).map(([name, value]) => [camel(name), value]));

/** Returns the value or the error of a request, and the number of items of an iteration. */
async function call(client, { method, path = [], body, iterate }) {
  const given = { value: null, items: 0 };
  try {
    const result = methodOf(client, method)(...path, ...(body === undefined ? [] : [body]));
    if (iterate) for await (const _item of result) given.items += 1;
    else given.value = plain(await result);
  } catch (error) {
    given.error = error;
  }
  return given;
}

/** Returns a result as JSON values. */
const plain = (result) => JSON.parse(JSON.stringify((result instanceof bimpe.Page ? result.data : result) ?? null));

function checkError(example, error, keys) {
  assert.ok(error instanceof bimpe.BimpeAIError, inspect(error));
  assert.equal(error.constructor.name, table.error_classes[example.expected_error][1], inspect(error));
  for (const [name, wanted] of Object.entries(example.error_fields ?? {})) {
    const found = error[camel(name)];
    const expected = name === "params" ? camelNames(wanted) : wanted;
    assert.deepEqual(found instanceof Date ? found.getTime() / 1000 : found, expected, name);
  }
  assert.equal(error.message, example.message ?? error.message);
  if (example.os_code) assert.equal(error.cause?.code, example.os_code, inspect(error.cause));
  const text = String(error);
  assert.deepEqual(foreign(ownText(error)), [], text);
  for (const words of (example.message_contains ?? []).map(named)) assert.ok(text.includes(words), `${words} is not in: ${text}`);
  assert.ok(error.stack.startsWith(text), error.stack);
  if (example.origin) assert.ok(error.locationOrigin?.startsWith(example.origin), error.locationOrigin);
  if (example.same_key) assert.ok(keys.has(error.idempotencyKey), error.idempotencyKey);
  if (!example.may_contain_canary) {
    const everything = `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
    assert.ok(!everything.includes("canary"), everything);
  }
}

function checkRequests(example, requestLog, keys) {
  const found = { requests: requestLog.requests.length, keys: keys.size, effects: requestLog.effects };
  for (const [name, number] of Object.entries(found)) assert.equal(number, example[name] ?? number, name);
  assert.ok(requestLog.requests.length <= (example.max_requests ?? 99));
  for (const [index, wanted] of (example.spacing ?? []).entries()) {
    const gap = requestLog.requests[index + 1].at - requestLog.requests[index].at;
    assert.ok(gap >= wanted - tolerance, `${gap} seconds between requests instead of ${wanted}`);
  }
}

/** Runs a case and checks its result. Returns the duration in seconds. */
async function run(example) {
  const known = (reply) => (typeof reply === "string" ? table.replies[reply] : reply);
  const scenario = await server.scenario(example.replies.map(known));
  const settings = { ...table.client, ...example.client };
  const client = new bimpe.BimpeAI({
    apiKey: table.api_key,
    baseUrl: example.transport
      ? scenario.over(example.transport)
      : (server.addresses[example.address] ?? scenario.baseUrl),
    timeout: settings.timeout * 1000,
    maxRetries: settings.max_retries,
    caFile: example.transport && example.trusts_authority !== false ? server.addresses.ca_file : undefined,
  });
  const started = performance.now();
  const operation = table.operations[example.operation];
  for (let sent = 0; sent < (example.preceding_requests ?? 0); sent += 1) await call(client, operation);
  const given = await call(client, operation);
  const elapsed = (performance.now() - started) / 1000;

  const requestLog = await scenario.requestLog();
  const keys = new Set(requestLog.requests.map((request) => request.key).filter((key) => key !== null));
  checkRequests(example, requestLog, keys);
  assert.equal(given.items, example.items ?? given.items);
  assert.ok(elapsed <= (example.max_seconds ?? 60), `it took ${elapsed} seconds`);
  if (example.expected_error === undefined) {
    assert.equal(given.error, undefined, inspect(given.error));
    assert.ok(matches(given.value, example.value), inspect(given.value));
  } else {
    assert.ok(given.error, `it gives ${inspect(given.value)}`);
    checkError(example, given.error, keys);
  }
  return elapsed;
}

for (const [section, all] of Object.entries(table.cases)) {
  const cases = isWasm ? all.filter((example) => !isOfFetch(example)) : all;
  if (cases.length === 0) continue;
  describe(section, { concurrency: 8 }, () => {
    let wrong = 0;
    for (const example of cases) {
      test(example.name, async () => {
        wrong += 1;
        await run(example);
        wrong -= 1;
      });
    }
    after(() => {
      const promise = table.guarantees[section] ?? 21;
      record(promise, `Faults: ${section}`, cases.length, { "other outcomes": wrong }, { "other outcomes": 0 });
    });
  });
}

// A full run measures on an idle machine. An ordinary run only shows that requests end.
test("requests end at their timeout", async () => {
  const cases = table.cases.timeouts.filter((example) => example.expected_error === "timeout");
  const rounds = isFullRun() ? table.deadline_rounds : 1;
  const chosen = Array.from({ length: rounds }, () => cases)
    .flat()
    .slice(0, isFullRun() ? undefined : 1);
  const late = [];
  for (const example of chosen) late.push((await run(example)) - example.client.timeout);
  const name = "latest end (ms)";
  record(
    3,
    "Requests end by their timeout",
    late.length,
    { [name]: Math.round(Math.max(...late) * 1000) },
    { [name]: 250 },
  );
});
