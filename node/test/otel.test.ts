// Spans of OpenTelemetry, with its SDK and an exporter in memory.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, beforeEach, test } from "node:test";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
  AbortError,
  type BimpeAI,
  ConnectionError,
  NotFoundError,
  StreamEndedError,
  UserError,
  webchatUserId,
} from "bimpe";
import { instrument } from "bimpe/otel";
import { Sandbox } from "bimpe/testing";
import { PACKAGE } from "./support/sandbox.js";
import { KEY, ok, serve } from "./support/server.js";

const STREAM = "conversations.messages.stream";
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = tracerProvider.getTracer("test");
let sandbox: Sandbox;
let client: BimpeAI;

before(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  sandbox = await Sandbox.start();
  client = instrument(sandbox.client(), { tracerProvider });
});

after(() => sandbox.stop());

beforeEach(async () => {
  await sandbox.reset();
  exporter.reset();
});

/** Returns the ended spans of the client. */
function spans(): ReadableSpan[] {
  return exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);
}

function onlySpan(): ReadableSpan {
  const [span, ...more] = spans();
  assert.ok(span !== undefined && more.length === 0, `${more.length} more spans`);
  return span;
}

/** Returns the ids of a span as `traceparent` has them. */
function idsOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext();
  return `${traceId}-${spanId}`;
}

/** Returns the parents of the requests that the sandbox received. */
async function parents(operation: string): Promise<string[]> {
  const requests = await sandbox.requests(operation);
  return requests.map(({ headers }) => String(headers.traceparent).split("-").slice(1, 3).join("-"));
}

async function makeConversation(): Promise<string> {
  const channel_user_id = webchatUserId("ada");
  const message = {
    message: "Hello",
    channel_type: "webchat",
    channel_user_id,
    is_test_channel: true,
  } as const;
  const { conversation_id } = await sandbox.client().conversations.send(sandbox.agentId, message);
  return String(conversation_id);
}

/** The spans as text, without the objects of the SDK that they share. */
function textOf(all: readonly ReadableSpan[]): string {
  return JSON.stringify(
    all.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
}

test("a request has a client span below the active one", async () => {
  const job = await tracer.startActiveSpan("job", async (span) => {
    await client.workflows.list({ limit: 1, search: "canary" });
    span.end();
    return span;
  });
  const span = onlySpan();
  assert.equal(span.name, "GET /workflows");
  assert.equal(span.parentSpanContext?.spanId, job.spanContext().spanId);
  const [request] = await sandbox.requests("workflows.list");
  assert.deepEqual(
    { ...span.attributes },
    {
      "http.request.method": "GET",
      "url.full": `${sandbox.url}/api/v1/console/workflows?limit=REDACTED&search=REDACTED`,
      "url.template": "/workflows",
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(sandbox.url).port),
      "bimpe.operation": "workflows.list",
      "bimpe.request_id": request?.headers["x-request-id"],
      "http.response.status_code": 200,
    },
  );
  assert.deepEqual(await parents("workflows.list"), [idsOf(span)]);
  assert.equal(span.status.code, SpanStatusCode.UNSET);
});

test("retries are events, and send the trace context again", async () => {
  await sandbox.fail("agents.update", { status: 503, times: 2, retryAfter: 0 });
  await client.agents.update(sandbox.agentId, { name: "Ada" });
  const span = onlySpan();
  assert.deepEqual(await parents("agents.update"), Array(3).fill(idsOf(span)));
  assert.equal(span.attributes["http.request.resend_count"], 2);
  const events = span.events.map(({ name, attributes }) => [
    name,
    attributes?.["bimpe.attempt"],
    attributes?.["error.type"],
  ]);
  assert.deepEqual(events, [
    ["request.retried", 1, "503"],
    ["request.retried", 2, "503"],
  ]);
});

test("each page has a span, of clients from withOptions as well", async () => {
  for (const name of ["a", "b"])
    await sandbox.client().workflows.create({ name, description: "d", system_prompt: "Help." });
  const found = await client.withOptions({ timeout: 9000 }).workflows.list({ limit: 1 }).collect();
  assert.equal(spans().length, found.length);
  assert.deepEqual(await parents("workflows.list"), spans().map(idsOf));
});

test("errors are recorded without secrets", async () => {
  await assert.rejects(client.agents.retrieve(sandbox.apiKey), NotFoundError);
  const span = onlySpan();
  assert.equal(span.attributes["error.type"], "404");
  assert.equal(span.attributes["url.full"], `${sandbox.url}/api/v1/console/agents/****`);
  assert.equal(span.status.code, SpanStatusCode.ERROR);
  const [event] = span.events;
  assert.deepEqual([event?.name, event?.attributes?.["exception.type"]], ["exception", "NotFoundError"]);
  assert.ok(!textOf([span]).includes(sandbox.apiKey));
});

test("a custom request hides its path, its query and its body", async () => {
  const server = await serve(() => ok(null));
  const own = instrument(server.client(), { tracerProvider });
  await own.request({ method: "POST", path: "/canary", query: { q: "canary" }, body: { a: "canary" } });
  const span = onlySpan();
  assert.equal(span.name, "POST");
  assert.equal(span.attributes["url.full"], `${server.url}/api/v1/console/REDACTED?q=REDACTED`);
  assert.equal(span.attributes["url.template"], undefined);
  assert.ok(!textOf([span]).includes("canary") && !textOf([span]).includes(KEY));
  assert.equal(String(server.requests[0]?.headers.traceparent).split("-")[2], span.spanContext().spanId);
});

test("a request without a response names the class of its error", async () => {
  const dead = { apiKey: "sk_canary", baseUrl: "http://127.0.0.1:1", maxRetries: 0 };
  await assert.rejects(instrument(sandbox.client(dead), { tracerProvider }).agents.list(), ConnectionError);
  const server = await serve(() => undefined);
  const signal = AbortSignal.timeout(50);
  const own = instrument(server.client(), { tracerProvider });
  await assert.rejects(own.agents.list({}, { signal }), AbortError);
  await assert.rejects(client.agents.retrieve(".."), UserError);
  const types = spans().map(({ attributes }) => attributes["error.type"]);
  assert.deepEqual(types, ["ConnectionError", "AbortError", "UserError"]);
});

test("a stream is one span with its connections", async () => {
  const conversation = await makeConversation();
  await sandbox.fail(STREAM, { stream: "cut", times: 1 });
  const job = await tracer.startActiveSpan("job", async (span) => {
    const after = "2020-01-01T00:00:00Z";
    for await (const event of client.conversations.messages.stream(sandbox.agentId, conversation, {
      after,
    })) {
      assert.ok(event.message);
      break;
    }
    span.end();
    return span;
  });
  const span = onlySpan();
  assert.equal(span.parentSpanContext?.spanId, job.spanContext().spanId);
  const names = span.events.map(({ name }) => name);
  assert.deepEqual(names, ["stream.opened", "stream.reconnecting", "stream.opened", "stream.ended"]);
  assert.equal(span.events[1]?.attributes?.["bimpe.reason"], "broken");
  const path = `/agents/${sandbox.agentId}/conversations/${conversation}/stream`;
  assert.equal(span.attributes["url.full"], `${sandbox.url}/api/v1/console${path}`);
  const received = [...(await parents(STREAM)), ...(await parents(`${STREAM}_ticket`))];
  assert.deepEqual(received, Array(4).fill(idsOf(span)));
});

test("a stream that fails records its error", async () => {
  const { messages } = client.conversations;
  await assert.rejects(messages.stream(sandbox.agentId, "cm0000000000").next(), NotFoundError);
  assert.throws(() => messages.stream(sandbox.agentId, ".."), UserError);
  const conversation = await makeConversation();
  await sandbox.fail(STREAM, { stream: "cut" });
  await assert.rejects(
    messages.stream(sandbox.agentId, conversation, { maxRetries: 0 }).next(),
    StreamEndedError,
  );
  const types = spans().map(({ attributes }) => attributes["error.type"]);
  assert.deepEqual(types, ["404", "UserError", "StreamEndedError"]);
});

test("the propagator of the program is used, but sends no invalid header", async () => {
  const entries = { tenant: { value: "shop" } };
  const baggage = propagation.createBaggage(entries);
  await context.with(
    propagation.setBaggage(context.active(), baggage),
    async () => await client.agents.list(),
  );
  const invalid = propagation.createBaggage({ größe: { value: "1" } });
  await context.with(
    propagation.setBaggage(context.active(), invalid),
    async () => await client.agents.list(),
  );
  const requests = await sandbox.requests("agents.list");
  const sent = requests.map(({ headers }) => headers.baggage);
  assert.equal(sent[0], "tenant=shop");
  assert.ok(sent[1] === undefined || /^[ -~]*$/.test(String(sent[1])), String(sent[1]));
});

test("a failing tracer becomes a warning", async () => {
  const failing = {
    getTracer: () => ({
      startSpan() {
        throw new Error("broken");
      },
    }),
  };
  const warnings: Error[] = [];
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => warnings.push(warning));
  const own = instrument(sandbox.client(), { tracerProvider: failing as never });
  assert.ok((await own.agents.list()).data.length > 0);
  process.removeAllListeners("warning");
  for (const listener of listeners) process.on("warning", listener);
  assert.match(String(warnings[0]?.message), /an observer threw.*broken/s);
});

test("the global provider is the default, and a second call replaces the first", async () => {
  trace.setGlobalTracerProvider(tracerProvider);
  const seen: string[] = [];
  const hooked = sandbox.client({ onRequest: ({ operation }) => void seen.push(operation) });
  assert.equal(instrument(instrument(hooked)), hooked);
  await hooked.agents.list();
  assert.equal(onlySpan().name, "GET /agents");
  assert.deepEqual(seen, ["agents.list"]);
});

test("the package itself loads no OpenTelemetry", () => {
  const program = `require("bimpe"); console.log(Object.keys(require.cache).filter((file) => file.includes("opentelemetry")))`;
  assert.equal(execFileSync(process.execPath, ["-e", program], { cwd: PACKAGE, encoding: "utf8" }), "[]\n");
});
