// No printable value holds an API key, a ticket or a secret of an integration.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { BimpeAI, BimpeAIError } from "bimpe";
import { replies } from "./support/cancellation-points.js";
import { type FaultServer, type Script, startFaults } from "./support/faults.js";
import { results } from "./support/results.js";
import { ok, serve } from "./support/server.js";

const KEY = "sk_canary_5f1c9";
const SECRET = "canary-secret-77ab";
const NESTED = "canary-nested-81cd";
const TICKET = "canary-ticket-93ef";
const CANARIES = [KEY, SECRET, NESTED, TICKET];

type Reply = Script[number];

let faults: FaultServer;

before(async () => {
  faults = await startFaults();
});

after(() => faults.stop());

/** Returns the replies of a server that fails and echoes these secrets. */
function echoReplies(...secrets: string[]): Map<string, Reply> {
  const [first] = secrets;
  const echo = secrets.join(" ");
  const error = { message: `no: ${echo}`, code: "bad_request", errors: [{ path: first, message: echo }] };
  const fields = { message: [`${echo}: no`], code: "validation_error", error: echo };
  const headers = {
    "x-echo": echo,
    "x-latin1": `Zürich ${echo}`,
    [`x-${first}`]: "1",
    "x-request-id": first,
    "retry-after": "0",
  };
  const found = new Map<string, Reply>();
  for (const status of [
    400, 401, 402, 403, 404, 408, 409, 410, 413, 418, 422, 429, 500, 501, 502, 503, 504, 520,
  ]) {
    found.set(`${status} with JSON`, { status, headers, body: error });
    found.set(`${status} with fields`, { status, headers, body: fields });
    found.set(`${status} with HTML`, { status, headers, body: { text: `<p>${echo}` } });
  }
  for (const status of [301, 302, 303, 307, 308]) {
    found.set(`${status} to another URL`, {
      status,
      headers: { ...headers, location: `https://x.test/${first}?${encodeURI(echo)}` },
    });
  }
  found.set("302 to a host", {
    status: 302,
    headers: { ...headers, location: `https://${first?.toUpperCase()}.x.test/` },
  });
  for (const secret of secrets) {
    const begun = { text: `no: ${secret.slice(0, -1)}` };
    const body = { message: `no: ${secret}` };
    const cut = { body: JSON.stringify(body).length - 3 };
    found.set(`400 that ends inside ${secret}`, { status: 400, headers, body: begun });
    found.set(`200 that ends inside ${secret}`, { headers, body: begun });
    found.set(`400 with a connection that ends inside ${secret}`, { status: 400, headers, body, cut });
  }
  const text = (body: string, type = "application/json") => ({
    headers: { ...headers, "content-type": type },
    body: { text: body },
  });
  found.set("200 with HTML", text(`<p>${echo}`, "text/html"));
  found.set("200 with text", text(echo));
  found.set("200 with an incomplete response", text(`{"message": "ok", "data": {"id": "${echo}`));
  found.set("200 with a list", text(JSON.stringify([echo])));
  found.set("200 with a long text", { headers, body: { fill: { text: echo, times: 5000 } } });
  found.set("bad gzip", { headers: { ...headers, "content-encoding": "gzip" }, body: { text: echo } });
  found.set("an invalid head", { raw: { text: `${echo}\r\n\r\n` } });
  found.set("an incomplete head", { headers, body: error, cut: { head: 90 } });
  found.set("an incomplete body", { headers, body: error, cut: { body: 60 } });
  return found;
}

const CALLS: Record<string, { secrets: string[]; make: (client: BimpeAI) => Promise<unknown> }> = {
  "a read": { secrets: [KEY], make: (client) => client.agents.retrieve("cm1") },
  "a list": { secrets: [KEY], make: (client) => client.agents.list().then() },
  Stripe: {
    secrets: [KEY, SECRET],
    make: (client) =>
      client.agents.integrations.bimpeai.configure("cm1", {
        type: "stripe",
        public_key: "pk_test_1",
        secret_key: SECRET,
        currency: "USD",
      }),
  },
  "an API with a custom scheme": {
    secrets: [KEY, NESTED],
    make: (client) =>
      client.agents.integrations.customApi.configure("cm1", {
        name: "A",
        base_url: "https://x.test",
        auth_type: "custom",
        auth_config: { a: { b: [NESTED] } },
      }),
  },
  "an MCP server": {
    secrets: [KEY, SECRET],
    make: (client) =>
      client.agents.integrations.mcpServer.configure("cm1", {
        name: "A",
        server_url: "https://x.test",
        auth_type: "bearer",
        auth_config: { token: SECRET },
      }),
  },
  "a custom request": {
    secrets: [KEY, SECRET, NESTED],
    make: (client) =>
      client.request({ method: "POST", path: "/x", body: { secret_key: SECRET, b: [NESTED] } }),
  },
};

/** Yields all texts of a value that programs, debuggers and error collectors may show. */
function* shown(value: unknown): Generator<string> {
  yield inspect(value, { depth: 12, showHidden: true, getters: true });
  yield String(value);
  yield JSON.stringify(value) ?? "";
  if (value instanceof Error) {
    yield `${value.stack} ${value.message}`;
    yield* shown(structuredClone({ ...value, message: value.message }));
    if (value.cause !== undefined) yield* shown(value.cause);
  }
}

function leaks(value: unknown): string[] {
  return [...shown(value)].flatMap((text) =>
    // A secret without its last character is a leak too. Host and header names are in lower case.
    CANARIES.filter((canary) => text.toLowerCase().includes(canary.slice(0, -1))).map(
      (canary) => `${canary} in ${text}`,
    ),
  );
}

/** Returns the error of a request, or undefined, because some replies are valid for some requests. */
async function errorOf(call: Promise<unknown>): Promise<BimpeAIError | undefined> {
  const error: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error === undefined || error instanceof BimpeAIError, inspect(error));
  return error;
}

/** Runs a function, and returns what the process wrote meanwhile. */
async function outputOf(run: () => Promise<void>): Promise<string> {
  const outputs = [process.stdout, process.stderr];
  const writes = outputs.map((output) => output.write);
  let text = "";
  for (const output of outputs) {
    output.write = (chunk: unknown) => {
      text += String(chunk);
      return true;
    };
  }
  try {
    await run();
  } finally {
    outputs.forEach((output, index) => {
      output.write = writes[index] as typeof output.write;
    });
  }
  return text;
}

/** Returns a client whose hooks and logger record all events. */
function watched(baseUrl: string, maxRetries: number, seen: unknown[]): BimpeAI {
  return new BimpeAI({
    apiKey: KEY,
    baseUrl,
    maxRetries,
    timeout: 5000,
    onRequest: (event) => void seen.push(event),
    onResponse: (event) => void seen.push(event),
    onRetry: (event) => void seen.push(event),
    logger: { debug: (...record) => void seen.push(record), info: (...record) => void seen.push(record) },
    logLevel: "debug",
  });
}

for (const [name, { secrets, make }] of Object.entries(CALLS)) {
  test(`errors of ${name} hold no secret`, async () => {
    const found: string[] = [];
    const seen: unknown[] = [];
    const all = echoReplies(...secrets);
    const output = await outputOf(async () => {
      for (const [description, reply] of all) {
        const { baseUrl } = await faults.scenario([reply], "repeat");
        const error = await errorOf(make(watched(baseUrl, Number(description.startsWith("503")), seen)));
        assert.ok(error !== undefined || description.startsWith("200"), description);
        if (error !== undefined) found.push(...leaks(error).map((leak) => `${description}: ${leak}`));
      }
    });
    found.push(...leaks(output));
    for (const event of seen) found.push(...leaks(event));
    const what = `errors of ${name}, by responses that repeat all secrets`;
    (await results).record(8, what, all.size, { "secrets shown": found.length }, { "secrets shown": 0 });
    assert.deepEqual(found, []);
  });
}

test("errors of a stream hold no secret", async () => {
  const found: string[] = [];
  const [ticket] = replies("ticket");
  const body = { message: "ok", data: { ticket: TICKET, expires_in: 60 } };
  const all = echoReplies(TICKET);
  all.set("an event that is not JSON", {
    headers: { "content-type": "text/event-stream" },
    body: { text: `id: 1\ndata: {${TICKET}\n\n` },
  });
  for (const [description, reply] of all) {
    const { baseUrl } = await faults.scenario([{ ...ticket, body }, reply], "repeat");
    const client = new BimpeAI({ apiKey: KEY, baseUrl });
    const stream = client.conversations.messages.stream("cm1", "cm2", { maxRetries: 0 });
    const error = await errorOf(stream.next());
    assert.ok(error !== undefined, description);
    found.push(...[...leaks(error), ...leaks(stream)].map((leak) => `${description}: ${leak}`));
  }
  (await results).record(
    8,
    "errors of a stream",
    all.size,
    { "secrets shown": found.length },
    { "secrets shown": 0 },
  );
  assert.deepEqual(found, []);
});

const WRONG: Record<string, object> = {
  "base URL": { baseUrl: "ftp://x.test" },
  "base URL without TLS": { baseUrl: "http://x.test" },
  "password in the base URL": { baseUrl: `https://user:${SECRET}@x.test` },
  "CA file": { caFile: "/no/such/file" },
  proxy: { proxy: `ftp://user:${SECRET}@x.test` },
  header: { defaultHeaders: { "x-a": `${SECRET}\n` } },
  timeout: { timeout: -1 },
  hook: { onRetry: "no function" },
  key: { apiKey: `${KEY}\n` },
  "another key": { apiKey: [KEY] },
};

for (const [name, wrong] of Object.entries(WRONG)) {
  test(`the error of an invalid option holds no secret: ${name}`, () => {
    const make = () => new BimpeAI({ apiKey: KEY, ...wrong } as object);
    assert.throws(make, (error) => {
      assert.deepEqual(leaks(error), []);
      return error instanceof BimpeAIError;
    });
  });
}

test("successful results hold no secret", async () => {
  const headers = { "x-echo": KEY, [`x-${KEY}`]: "1", "x-request-id": KEY };
  const { url } = await serve(() => ({ ...ok({ id: "a1" }), headers }));
  const client = new BimpeAI({ apiKey: KEY, baseUrl: url });
  const call = client.agents.retrieve("a1");
  const { response } = await call.withResponse();
  assert.equal(response.headers.get("x-echo"), "****");
  const stream = client.conversations.messages.stream("a", "b");
  const merged = client.conversations.messages.streamMany("a", ["b", "c"]);
  const values = [
    client,
    client.withOptions({ timeout: 5 }),
    client.agents,
    client.agents.integrations.bimpeai,
  ];
  for (const value of [...values, call, await call, response, stream, merged, client.agents.list]) {
    assert.deepEqual(leaks(value), []);
  }
});

test("results with a ticket hide it when they are logged", async () => {
  const body = { message: "ok", data: { ticket: TICKET, expires_in: 60 } };
  const server = await serve(() => ({ body }));
  const { messages } = server.client().conversations;
  const ticket = await messages.streamTicket("cm1", "cm2");
  assert.equal(inspect(ticket), "{ ticket: '****', expires_in: 60 }");
  assert.deepStrictEqual(ticket, body.data);
  assert.deepEqual(JSON.parse(JSON.stringify(ticket)), body.data);
  const url = await messages.streamUrl("cm1", "cm2");
  assert.ok(url.url.endsWith(`?ticket=${TICKET}`), url.url);
  assert.equal(inspect(url), "{ url: '****', expires_in: 60 }");
});
