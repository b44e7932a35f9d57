// Runs cases/faults.json.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { bimpe, methodOf, readCases } from "./bimpe.mjs";
import { startFaultServer } from "./fault-server.mjs";
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

/** The value or the error of a call, and the number of items of an iteration. */
async function call(client, { call, path = [], body, walk }) {
  const given = { value: null, items: 0 };
  try {
    const result = methodOf(client, call)(...path, ...(body === undefined ? [] : [body]));
    if (walk) for await (const _item of result) given.items += 1;
    else given.value = plain(await result);
  } catch (error) {
    given.error = error;
  }
  return given;
}

/** Returns a result as JSON values. */
const plain = (result) => JSON.parse(JSON.stringify((result instanceof bimpe.Page ? result.data : result) ?? null));

/** Returns whether a result has the expected fields. It may have more. */
function holds(given, wanted) {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(given) && given.length === wanted.length && wanted.every((item, index) => holds(given[index], item))
    );
  }
  if (wanted !== null && typeof wanted === "object") {
    return (
      given !== null &&
      typeof given === "object" &&
      Object.keys(wanted).every((name) => holds(given[name], wanted[name]))
    );
  }
  return given === wanted;
}

function checkError(example, error, keys) {
  assert.ok(error instanceof bimpe.BimpeAIError, inspect(error));
  assert.equal(error.constructor.name, table.kinds[example.fails][1], inspect(error));
  for (const [name, wanted] of Object.entries(example.error ?? {})) {
    const found = error[camel(name)];
    const expected = name === "params" ? camelNames(wanted) : wanted;
    assert.deepEqual(found instanceof Date ? found.getTime() / 1000 : found, expected, name);
  }
  assert.equal(error.message, example.message ?? error.message);
  if (example.os_code) assert.equal(error.cause?.code, example.os_code, inspect(error.cause));
  const text = String(error);
  assert.deepEqual(foreign(ownText(error)), [], text);
  for (const words of (example.says ?? []).map(named)) assert.ok(text.includes(words), `${words} is not in: ${text}`);
  assert.ok(error.stack.startsWith(text), error.stack);
  if (example.origin) assert.ok(error.locationOrigin?.startsWith(example.origin), error.locationOrigin);
  if (example.same_key) assert.ok(keys.has(error.idempotencyKey), error.idempotencyKey);
  if (!example.may_say_canary) {
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
    baseUrl: example.over ? scenario.over(example.over) : (server.addresses[example.at] ?? scenario.baseUrl),
    timeout: settings.timeout * 1000,
    maxRetries: settings.max_retries,
    caFile: example.over && example.trusting !== false ? server.addresses.ca_file : undefined,
  });
  const started = performance.now();
  for (let index = 0; index < (example.again ?? 0); index += 1) await call(client, table.calls[example.do]);
  const given = await call(client, table.calls[example.do]);
  const elapsed = (performance.now() - started) / 1000;

  const requestLog = await scenario.requestLog();
  const keys = new Set(requestLog.requests.map((request) => request.key).filter((key) => key !== null));
  checkRequests(example, requestLog, keys);
  assert.equal(given.items, example.items ?? given.items);
  assert.ok(elapsed <= (example.within ?? 60), `it took ${elapsed} seconds`);
  if (example.fails === undefined) {
    assert.equal(given.error, undefined, inspect(given.error));
    assert.ok(holds(given.value, example.value), inspect(given.value));
  } else {
    assert.ok(given.error, `it gives ${inspect(given.value)}`);
    checkError(example, given.error, keys);
  }
  return elapsed;
}

for (const [section, cases] of Object.entries(table.cases)) {
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
      const promise = table.promises[section] ?? 21;
      record(promise, `Faults: ${section}`, cases.length, { "other outcomes": wrong }, { "other outcomes": 0 });
    });
  });
}

// A full run measures on an idle machine. An ordinary run only shows that calls end.
test("requests end at their timeout", async () => {
  const cases = table.cases.time.filter((example) => example.fails === "timeout");
  const rounds = isFullRun() ? table.deadline_rounds : 1;
  const chosen = Array.from({ length: rounds }, () => cases)
    .flat()
    .slice(0, isFullRun() ? undefined : 1);
  const late = [];
  for (const example of chosen) late.push((await run(example)) - example.client.timeout);
  const name = "latest end (ms)";
  record(
    3,
    "Calls end by their deadline",
    late.length,
    { [name]: Math.round(Math.max(...late) * 1000) },
    { [name]: 250 },
  );
});
