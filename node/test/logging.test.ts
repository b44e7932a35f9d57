// Log records of requests and streams.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { promisify } from "node:util";
import { InternalServerError, type LogFields, type Logger, type LogOptions, NotFoundError } from "bimpe";
import { PACKAGE } from "./support/sandbox.js";
import { agentPage, ok, type Reply, serve } from "./support/server.js";
import { event, serveStreams } from "./support/stream-server.js";

const BUSY: Reply = { status: 503, body: { message: "busy" } };

/** A logger that stores its records. */
class RecordingLogger implements Logger {
  readonly records: [level: string, message: string, fields: LogFields][] = [];
  readonly debug = this.#keep("debug");
  readonly info = this.#keep("info");

  #keep(level: string) {
    return (message: string, fields: LogFields) => void this.records.push([level, message, fields]);
  }

  /** The levels and fields, without fields that differ in each run. */
  get fields(): (LogFields & { level: string })[] {
    return this.records.map(([level, , { elapsed, wait, ...fields }]) => ({ level, ...fields }) as never);
  }
}

const STARTED = {
  level: "debug",
  event: "request.started",
  operation: "agents.retrieve",
  method: "GET",
  path: "/agents/{agent_id}",
};
const ENDED = { level: "info", event: "request.ended", operation: "agents.retrieve", error: null };

test("logs the retries and the end of a request", async () => {
  const replies = [BUSY, ok({ id: "a1" }), { status: 404, body: { message: "gone" } }];
  const server = await serve((_, index) => ({
    ...(replies[index] as Reply),
    headers: { "x-request-id": `r-${index}` },
  }));
  const logger = new RecordingLogger();
  const client = server.client({ logger, logLevel: "debug" });
  await client.agents.retrieve("a1");
  await assert.rejects(client.withOptions({ timeout: 9000 }).agents.retrieve("a1"), NotFoundError);
  const retried = { level: "info", event: "request.retried", operation: "agents.retrieve", attempt: 1 };
  assert.deepEqual(logger.fields, [
    STARTED,
    { ...retried, error: "InternalServerError", status: 503 },
    { ...ENDED, status: 200, attempts: 2, requestId: "r-1" },
    STARTED,
    { ...ENDED, status: 404, attempts: 1, requestId: "r-2", error: "NotFoundError" },
  ]);
  const texts = logger.records.map(([, message]) => message);
  assert.equal(texts[0], "agents.retrieve: GET /agents/{agent_id}");
  assert.match(
    texts[1] ?? "",
    /^agents\.retrieve: attempt 1 failed with InternalServerError \(503\), the next is in \d+ ms$/,
  );
  assert.match(texts[2] ?? "", /^agents\.retrieve: 200 in \d+ ms, attempts: 2, request: r-1$/);
  assert.match(
    texts[4] ?? "",
    /^agents\.retrieve: NotFoundError \(404\) in \d+ ms, attempts: 1, request: r-2$/,
  );
});

test("logs each page as a request, at `info` by default", async () => {
  const server = await serve((_, index) => agentPage(index + 1, 2));
  const logger = new RecordingLogger();
  await server.client({ logger }).agents.list().collect();
  assert.deepEqual(
    logger.fields.map(({ level, event }) => [level, event]),
    [
      ["info", "request.ended"],
      ["info", "request.ended"],
    ],
  );
});

test("a logger without `info` receives all records at `debug`", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const records: string[] = [];
  const logger = { debug: (message: string, _meta?: unknown) => void records.push(message), warn() {} };
  await server.client({ logger }).agents.retrieve("a1");
  assert.equal(records.length, 1);
});

test("an error of the logger becomes a warning", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  const info = () => {
    throw new Error("disk full");
  };
  assert.equal((await server.client({ logger: { info } }).agents.retrieve("a1")).id, "a1");
  assert.match((await warned).message, /logger threw: Error: disk full/);
});

test("logs the opening, reconnects and the end of a stream", async () => {
  const server = await serveStreams(({ index, send, response }) => {
    send(event(`canary-${index}`));
    if (index === 0) response.end();
  });
  const logger = new RecordingLogger();
  const client = server.connect({ logger });
  const stream = client.conversations.messages.stream("a-canary", "c-canary");
  let seen = 0;
  for await (const _ of stream) if (++seen === 2) break;
  const operation = "conversations.messages.stream";
  assert.deepEqual(logger.fields, [
    { level: "info", event: "stream.opened", operation },
    { level: "info", event: "stream.reconnecting", operation, reason: "closed", status: null },
    { level: "info", event: "stream.opened", operation },
    { level: "info", event: "stream.ended", operation, reason: null, error: null, status: null },
  ]);
  assert.doesNotMatch(JSON.stringify(logger.records), /canary/);
});

test("logs the error of a stream", async () => {
  const server = await serve(() => BUSY);
  const logger = new RecordingLogger();
  const client = server.client({ logger });
  const stream = client.conversations.messages.stream("a", "c", { maxRetries: 0 });
  await assert.rejects(stream.next(), InternalServerError);
  const [ended, ...more] = logger.fields;
  assert.deepEqual(
    [ended?.event, ended?.error, ended?.status, more.length],
    ["stream.ended", "InternalServerError", 503, 0],
  );
});

test("no record holds a secret", async () => {
  const server = await serve(() => ({ status: 400, body: { message: "canary", code: "canary" } }));
  const logger = new RecordingLogger();
  const client = server.client({ logger, logLevel: "debug", defaultHeaders: { "x-mine": "canary" } });
  const options = { headers: { "x-own": "canary" }, idempotencyKey: "canary" };
  const calls = [
    () => client.agents.list({ search: "canary" }, options),
    () => client.agents.update("canary", { name: "canary" }, options),
    () => client.agents.update("canary", { persona: "canary" as never }, options),
    () =>
      client.request({ method: "POST", path: "/canary", query: { q: "canary" }, body: "canary", ...options }),
  ];
  for (const call of calls) await assert.rejects(async () => call());
  assert.deepEqual(
    logger.fields.map((record) => record.event),
    calls.flatMap(() => ["request.started", "request.ended"]),
  );
  assert.doesNotMatch(JSON.stringify(logger.records), /canary/);
});

test("a wrong logger or level is refused", async () => {
  const { client } = await serve(() => ok(null));
  assert.throws(() => client({ logger: {} }), /`logger` must be an object with `debug` or `info`/);
  assert.throws(() => client({ logLevel: "loud" as never }), /`logLevel` must be `debug`, `info` or `off`/);
});

/** Returns the standard error of a program with one request. */
async function shown(options: LogOptions, level?: string): Promise<string> {
  const server = await serve((_, index) => (index === 0 ? BUSY : ok({ id: "a1" })));
  const program = `
    import { BimpeAI } from "bimpe";
    const options = { apiKey: "sk_canary", baseUrl: "${server.url}", ...${JSON.stringify(options)} };
    new BimpeAI(options);
    await new BimpeAI(options).agents.retrieve("canary");
  `;
  const { BIMPEAI_LOG: _, ...env } = process.env;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { cwd: PACKAGE, env: level === undefined ? env : { ...env, BIMPEAI_LOG: level }, timeout: 20_000 },
  );
  assert.equal(stdout, "");
  assert.doesNotMatch(stderr, /canary/);
  return stderr;
}

test("nothing is logged by default", async () => {
  assert.equal(await shown({}), "");
  assert.equal(await shown({ logLevel: "off" }, "debug"), "");
});

test("BIMPEAI_LOG or logLevel alone log to standard error", async () => {
  const levels = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1]);
  assert.deepEqual(levels(await shown({}, "info")), ["INFO", "INFO"]);
  const lines = await shown({ logLevel: "debug" }, "info");
  assert.deepEqual(levels(lines), ["DEBUG", "INFO", "INFO"]);
  for (const line of lines.trim().split("\n"))
    assert.match(line, /^20[-\d]+T[:.\d]+Z \w+ bimpe: agents\.retrieve: /);
});

test("an invalid BIMPEAI_LOG is one warning", async () => {
  const text = await shown({}, "canary");
  assert.equal(text.split("invalid BIMPEAI_LOG: expected `debug` or `info`").length, 2);
});

test("a closed standard error does not end the process", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const program = `
    const { BimpeAI } = require(${JSON.stringify(PACKAGE)});
    const client = new BimpeAI({ apiKey: "sk_test", baseUrl: ${JSON.stringify(server.url)} });
    (async () => {
      for (let call = 0; call < 20; call++) await client.agents.update("a1", { name: "n" });
      console.log("done");
    })();
  `;
  const child = spawn(process.execPath, ["-e", program], { env: { ...process.env, BIMPEAI_LOG: "info" } });
  child.stderr.destroy();
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  const [code] = await once(child, "close");
  assert.deepEqual([code, out], [0, "done\n"]);
});
