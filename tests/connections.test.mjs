// Runs cases/connections.json: connections that end between requests, and unsolicited responses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bimpe, readCases } from "./bimpe.mjs";
import { startFaultServer } from "./fault-server.mjs";
import { isFullRun, record } from "./results.mjs";

const cases = readCases("connections");
const own = { success: true, data: { id: "own" } };

let server;

before(async () => {
  server = await startFaultServer();
});

after(() => server.stop());

/** Sends `calls` writes, `together` at a time. Returns the ids of the responses, or the errors. */
async function repeat(baseUrl, calls, together, pause) {
  const caFile = server.addresses.ca_file;
  const client = new bimpe.BimpeAI({ apiKey: "sk_live_connections", baseUrl, caFile, maxRetries: 0, timeout: 60_000 });
  const seen = [];
  let begun = 0;
  const worker = async () => {
    while (begun < calls) {
      begun += 1;
      seen.push(
        await client.request({ method: "POST", path: "/agents" }).then(
          ({ data }) => data.id,
          (error) => error,
        ),
      );
      if (pause > 0) await sleep(pause * 1000);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  client.close();
  return seen;
}

test("no request is lost when HTTP/2 connections end", async () => {
  const calls = isFullRun() ? 2000 : 130;
  let [runs, lost, repeated] = [0, 0, 0];
  const failed = [];
  for (const { name, script, concurrency: counts = cases.concurrency } of cases.http2) {
    for (const together of counts) {
      const made = await server.http2({ ...script, body: own });
      const seen = await repeat(made.base_url, calls, together, 0);
      const { processed } = await server.http2Counters(made.server);
      const wrong = seen.filter((one) => one !== "own");
      if (wrong.length > 0) failed.push([name, together, wrong[0]]);
      runs += calls;
      lost += wrong.length;
      repeated += Math.max(0, processed - calls);
    }
  }
  const figures = { "calls lost": lost, "requests repeated": repeated };
  record(2, "HTTP/2 connections that end", runs, figures, { "calls lost": 0, "requests repeated": 0 });
  assert.deepEqual([lost, repeated], [0, 0], String(failed[0]));
});

test("no request is lost when nginx ends HTTP/2 connections", async (t) => {
  const calls = isFullRun() ? 2000 : 130;
  const failed = [];
  const tries = [
    [40, 32],
    [40, 64],
    [5, 32],
    [5, 64],
  ];
  for (const [requests, together] of tries) {
    const baseUrl = await server.nginx(requests);
    if (baseUrl === null) return t.skip("nginx is not installed");
    const seen = await repeat(baseUrl, calls, together, 0);
    failed.push(...seen.filter((one) => one !== "own").map((one) => [requests, together, one]));
  }
  record(2, "HTTP/2 connections of nginx", calls * tries.length, { "calls lost": failed.length }, { "calls lost": 0 });
  assert.equal(failed.length, 0, String(failed[0]));
});

test("a request that GOAWAY includes may have been applied", async () => {
  const made = await server.http2({ ...cases.lost_connection, body: own });
  const [error] = await repeat(made.base_url, 1, 1, 0);
  assert(error instanceof bimpe.ConnectionError, String(error));
  assert.equal(error.mayHaveBeenApplied, true);
  assert.equal((await server.http2Counters(made.server)).processed, 1);
});

test("idle HTTP/1.1 connections are checked before reuse", async () => {
  const calls = isFullRun() ? 60 : 8;
  const tries = cases.http1.flatMap((one) => [
    [one, "plain"],
    [one, "good"],
  ]);
  const wrong = [];
  // Sequential, because clients share connections, and a busy connection is not idle.
  for (const [{ name, reply: given, pause }, listener] of tries) {
    const reply = { ...given, body: own };
    if (reply.after?.raw === "unsolicited") reply.after = { ...reply.after, raw: { text: cases.unsolicited } };
    const scenario = await server.scenario([reply], "repeat");
    const seen = await repeat(listener === "plain" ? scenario.baseUrl : scenario.over(listener), calls, 1, pause);
    const found = seen.filter((one) => one !== "own").map(String);
    const sent = (await scenario.requestLog()).requests.length;
    if (sent !== calls) found.push(`${sent} requests for ${calls} calls`);
    if (found.length > 0) wrong.push([name, listener, found]);
  }
  const name = "calls lost or with a wrong response";
  record(2, "HTTP/1.1 connections that end between calls", calls * tries.length, { [name]: wrong.length }, { [name]: 0 });
  assert.deepEqual(wrong, []);
});

/** Runs a function with these environment variables. */
async function withEnv(variables, run) {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (values) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(variables);
  try {
    return await run();
  } finally {
    set(before);
  }
}

const connect = (baseUrl, options) =>
  new bimpe.BimpeAI({ apiKey: "sk_live_connections", baseUrl, maxRetries: 0, ...options });
const send = async (client) => (await client.request({ method: "POST", path: "/agents" })).data.id;
const scenario = () => server.scenario([{ body: own }], "repeat");

test("a client keeps the certificates of its construction", async () => {
  const good = (await scenario()).over("good");
  const before = connect(good);
  const under = await withEnv({ SSL_CERT_FILE: server.addresses.ca_file }, async () => {
    const client = connect(good);
    await assert.rejects(send(before), /certificate/);
    return client;
  });
  assert.equal(await send(under), "own");
});

test("a client keeps the proxy of its construction", async () => {
  const { proxy, ca_file: caFile } = server.addresses;
  const baseUrl = (await scenario()).over("wrong_host").replace("localhost", "example.test");
  const client = await withEnv({ HTTPS_PROXY: proxy }, () => connect(baseUrl, { caFile }));
  await withEnv({ HTTPS_PROXY: "http://127.0.0.1:1" }, async () => assert.equal(await send(client), "own"));
  assert.equal(await send(connect(baseUrl, { caFile, proxy: `socks5h://${proxy}` })), "own");
});

test("an error names an unusable variable, and plain connections work", async () => {
  const { baseUrl, over } = await scenario();
  for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
    await withEnv({ [name]: "/nonexistent/bundle.pem" }, async () => {
      assert.equal(await send(connect(baseUrl)), "own");
      await assert.rejects(send(connect(over("good"))), new RegExp(name));
    });
  }
});
