// Runs every operation with hostile ids and hostile responses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { bimpe, isWasm, readCases } from "./bimpe.mjs";
import { startFaultServer } from "./fault-server.mjs";
import { isFullRun, record } from "./results.mjs";
import { invoke, operations, stream } from "./operations.mjs";

const table = readCases("faults");
const sweeps = readCases("sweeps");
// An ordinary run tests one combination of an operation and a response in this many.
const sample = 8;

let server;

before(async () => {
  server = await startFaultServer();
});

after(() => server.stop());

/** Calls the operation and returns its error. */
const call = (client, operation, path) =>
  invoke(client, operation, path, { maxRetries: 0 }).then(
    () => undefined,
    (error) => error,
  );

/** Returns whether a target is the path of the operation with exactly these ids. */
function isRight(target, operation, ids) {
  const path = target.split("?")[0].split("/api/v1/console")[1];
  const left = [...ids];
  const wanted = operation.template.split("/").map((part) => (part.startsWith("{") ? left.shift() : part));
  if (operation.id === stream && target.endsWith("/stream-ticket")) wanted.splice(-1, 1, "stream-ticket");
  return JSON.stringify(path.split("/").map(decodeURIComponent)) === JSON.stringify(wanted);
}

/** Returns the defects of the received requests, one for each accepted list of ids. */
function compare(operation, accepted, { requests }) {
  if (requests.length !== accepted.length) {
    return [`${operation.id}: ${requests.length} requests, ${accepted.length} calls`];
  }
  return requests
    .filter(({ target }, index) => !isRight(target, operation, accepted[index]))
    .map(({ target }) => `${operation.id} reaches ${target}`);
}

test("an id does not reach another endpoint", async () => {
  let runs = 0;
  let refused = 0;
  const wrong = [];
  for (const operation of operations) {
    const scenario = await server.scenario(sweeps.responses_to_ids, "cycle");
    const client = new bimpe.BimpeAI({ apiKey: table.api_key, baseUrl: scenario.baseUrl });
    const accepted = [];
    for (const place of operation.path.keys()) {
      for (const hostile of sweeps.ids) {
        const path = operation.path.with(place, hostile);
        const error = await call(client, operation, path);
        runs += 1;
        if (error instanceof bimpe.UserError) refused += 1;
        // A stream requests its ticket first.
        else accepted.push(...(operation.id === stream ? [path, path] : [path]));
      }
    }
    wrong.push(...compare(operation, accepted, await scenario.requestLog()));
  }
  record(
    1,
    "Hostile ids in every place of every operation",
    runs,
    { "wrong paths": wrong.length },
    { "wrong paths": 0 },
  );
  assert.ok(refused * 5 > runs && refused * 2 < runs, `${refused} of ${runs} refused`);
  assert.deepEqual(wrong, []);
});

/** Returns the defects of the error that a hostile response causes. */
function judge(operation, hostile, error) {
  if (error === undefined) return hostile.success_allowed && operation.givesNothing ? undefined : "it succeeds";
  const facts = JSON.stringify(error);
  const complete =
    error.attempts >= 1 &&
    Boolean(error.requestId) &&
    typeof error.retryable === "boolean" &&
    typeof error.mayHaveBeenApplied === "boolean";
  // A stream that cannot open throws StreamEndedError.
  const expected = [table.error_classes[hostile.expected_error][1], "StreamEndedError"].includes(error.constructor.name);
  const leaks = `${inspect(error, { depth: 9, showHidden: true })} ${facts}`.includes(table.api_key);
  const ours = error instanceof bimpe.BimpeAIError;
  const right = ours && expected && (complete || operation.id === stream) && !leaks;
  return right ? undefined : `it fails with ${inspect(error)}`;
}

test("every error is a BimpeAIError", async () => {
  let runs = 0;
  const wrong = [];
  for (const [number, hostile] of sweeps.replies.entries()) {
    // `fetch` of Node takes the one as the end of the connection, and the other as the end of the body.
    if (isWasm && ["101", "gzip that breaks off"].includes(hostile.name)) continue;
    const every = isFullRun() && !hostile.heavy;
    const chosen = operations.filter((_, index) => every || (index + number) % sample === 0);
    const scenario = await server.scenario([hostile.reply], "repeat");
    const timeout = hostile.expected_error === "timeout" ? 400 : 20_000;
    const client = new bimpe.BimpeAI({ apiKey: table.api_key, baseUrl: scenario.baseUrl, maxRetries: 0, timeout });
    await Promise.all(
      chosen.map(async (operation) => {
        const what = judge(operation, hostile, await call(client, operation, operation.path));
        if (what !== undefined) wrong.push(`${operation.id} and ${hostile.name}: ${what}`);
      }),
    );
    runs += chosen.length;
  }
  const name = "foreign or incomplete errors";
  record(12, "Hostile responses to every operation", runs, { [name]: wrong.length }, { [name]: 0 });
  assert.deepEqual(wrong, []);
});
