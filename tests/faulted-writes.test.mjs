// Writes during faults, a server that is down, and tests that need a new process.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { bimpe, packageFile, readCases } from "./bimpe.mjs";
import { startFaultServer } from "./fault-server.mjs";
import { isFullRun, record } from "./results.mjs";

const table = readCases("faults");
const { writes } = readCases("sweeps");
const together = 48;
const calls = 1000;
// With these responses, the server has not applied the request.
const refusals = new Set([408, 429, 503]);
// Four times the size limit of a response, in MiB.
const most = 4 * 32;

let server;

before(async () => {
  server = await startFaultServer();
});

after(() => server.stop());

/** Calls a function with the numbers below `count`, several at a time. Returns the errors. */
async function errorsOf(count, call) {
  const errors = Array.from({ length: count });
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const number = next;
      next += 1;
      errors[number] = await call(number).then(
        () => undefined,
        (error) => error,
      );
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  return errors;
}

test("a write is applied at most once, or its error says that it may have been applied", async () => {
  const count = isFullRun() ? writes.full_writes : writes.ordinary_writes;
  const scenario = await server.scenario(
    [...writes.order].map((character) => writes.replies[character]),
    "cycle",
  );
  const client = new bimpe.BimpeAI({ apiKey: table.api_key, baseUrl: scenario.baseUrl });
  const { pipedream } = client.agents.integrations;
  const errors = await errorsOf(count, (number) =>
    // One in four has no retries.
    pipedream.configure(
      "cm1",
      { app_slug: "google-sheets" },
      { idempotencyKey: `write-${number}`, maxRetries: number % 4 === 0 ? 0 : 2 },
    ),
  );

  const requestLog = await scenario.requestLog();
  const committed = new Set(requestLog.committed_keys);
  const refused = new Map();
  for (const { key, status } of requestLog.requests) {
    refused.set(key, (refused.get(key) ?? true) && refusals.has(status));
  }
  const duplicates = requestLog.effects - committed.size;
  let unfounded = 0;
  const misjudged = [];
  for (const [number, error] of errors.entries()) {
    const key = `write-${number}`;
    if (error === undefined) unfounded += committed.has(key) ? 0 : 1;
    else if (error.mayHaveBeenApplied === refused.get(key) || error.idempotencyKey !== key) {
      misjudged.push(`${key}: ${error.message}`);
    }
  }
  const figures = {
    "duplicate effects": duplicates,
    "success without effect": unfounded,
    "wrong about effects": misjudged.length,
  };
  const goal = Object.fromEntries(Object.keys(figures).map((name) => [name, 0]));
  record(2, "Writes under fire", count, figures, goal);
  assert.deepEqual(figures, goal, misjudged.join("\n"));
  assert.ok(errors.filter(Boolean).length > count / 20, "too few errors to judge");
});

test("a thousand requests to a server that is down reject", async () => {
  const scenario = await server.scenario([{ status: 503 }], "repeat");
  const client = new bimpe.BimpeAI({ apiKey: table.api_key, baseUrl: scenario.baseUrl, maxRetries: 2 });
  const errors = await errorsOf(calls, () => client.agents.retrieve("cm1"));
  const attempts = (await scenario.requestLog()).requests.length;
  const name = "attempts per call";
  record(11, "A thousand calls to a dead server", calls, { [name]: attempts / calls }, { [name]: 1.2 });
  assert.ok(attempts <= 1.2 * calls, `${attempts} attempts`);
  assert.equal(
    errors.reduce((sum, error) => sum + error.attempts, 0),
    attempts,
  );
  assert.ok(errors.some((error) => error.retriesSuppressed));
  assert.ok(errors.every((error) => error.retryable));
});

/** Returns the output of a program that sends requests to this URL. */
async function inAProcess(program, address, environment = {}) {
  const start = `
    const bimpe = require("bimpe");
    const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl: ${JSON.stringify(address)}, maxRetries: 0 });
    // \`resourceUsage\` includes the peak of the parent.
    const status = () => require("node:fs").readFileSync("/proc/self/status", "utf8");
    const peak = () => Number(/VmHWM:\\s*(\\d+)/.exec(status())[1]) / 1024;
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", start + program], {
    cwd: new URL(".", packageFile),
    env: { ...process.env, ...environment },
  });
  return stdout.trim();
}

test("SSL_CERT_FILE replaces the trusted certificates", async () => {
  const scenario = await server.scenario([table.replies.agent]);
  const program = 'client.agents.retrieve("cm1").then((agent) => console.log(agent.name));';
  const authority = { SSL_CERT_FILE: server.addresses.ca_file };
  assert.equal(await inAProcess(program, scenario.over("good"), authority), "Ada");
});

// Only Linux reports the peak of one process.
test("a compressed response does not exhaust the memory", { skip: process.platform !== "linux" }, async () => {
  const bomb = { gzip: true, body: { fill: { before: '{"data": "', text: "x", times: 300_000_000 } } };
  const scenario = await server.scenario([bomb]);
  const program = `
    const before = peak();
    client.agents.retrieve("cm1").catch((error) => {
      if (!(error instanceof bimpe.ResponseTooLargeError)) throw error;
      console.log(peak() - before);
    });
  `;
  const grown = Number(await inAProcess(program, scenario.baseUrl));
  record(7, "300 MB in 300 KB of gzip", 1, { "MiB more": Math.round(grown) }, { "MiB more": most });
  assert.ok(grown > 0 && grown <= most, `${grown} MiB`);
});
