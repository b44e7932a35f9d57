import assert from "node:assert/strict";
import { before, test } from "node:test";
import { runInNewContext } from "node:vm";
import { BimpeAI, type ClientOptions, type HeadersInput, type RequestOptions, UserError } from "bimpe";
import { errorOf } from "./support/errors.js";
import { ok, type Server, serve } from "./support/server.js";

let server: Server;
before(async () => {
  server = await serve(() => ok({ id: "a1" }));
});

/** Returns the message of the `UserError` of a request that is not sent. */
async function refused(call: () => Promise<unknown>): Promise<string> {
  const sent = server.requests.length;
  const { message } = await errorOf(call(), UserError);
  assert.equal(server.requests.length, sent, "a request was sent");
  return message;
}

const hostile: unknown[] = ["", " ", ".", "..", "a\nb", "a\0", "\u0085", "\ud800", "x".repeat(257)];
hostile.push(undefined, null, 7, true, {}, ["a"]);

for (const id of hostile) {
  test(`the id ${JSON.stringify(id)?.slice(0, 20)} is refused`, async () => {
    const client = server.client();
    const first = await refused(() => client.agents.delete(id as string));
    assert.match(first, /agents\.delete.*agent_?id/i);
    await refused(() => client.agents.knowledgeBases.delete("a1", id as string));
  });
}

test("an id is one escaped path segment", async () => {
  await server.client().agents.retrieve("a/../b?x=1#f%");
  assert.equal(server.requests.at(-1)?.path, "/agents/a%2F..%2Fb%3Fx%3D1%23f%25");
});

test("ids that are names of other endpoints are refused", async () => {
  await refused(() => server.client().workflows.retrieve("clone"));
  await refused(() => server.client().phoneNumbers.retrieve("request"));
});

test("helper options are validated", async () => {
  const { calls } = server.client();
  assert.equal(
    await refused(() => calls.wait("a1", "c1", { pollInterval: 5 })),
    "calls.wait: `pollInterval` must be 100 to 60000 milliseconds, not 5",
  );
  assert.match(
    await refused(() => calls.wait("a1", "c1", { pollInterval: "1s" as unknown as number })),
    /must be 100 to 60000 milliseconds, not a string/,
  );
  assert.match(
    await refused(() => calls.wait("a1", "c1", { poll_interval: 1 } as object)),
    /there is no option `poll_interval`/,
  );
});

test("an unknown field is refused with the nearest name", async () => {
  const body = { name: "Shop", workflow_id: "w1", description: "d", persone: "friendly" };
  const message = await refused(() => server.client().agents.create(body as never));
  assert.match(message, /persone.*did you mean `persona`\?/);
});

test("mistyped fields are refused", async () => {
  const body = { name: 7, workflow_id: "w1", description: "d" };
  assert.match(await refused(() => server.client().agents.create(body as never)), /name/);
  await refused(() => server.client().agents.create(undefined as never));
  await refused(() => server.client().agents.create("text" as never));
  await refused(() => server.client().agents.list({ limit: "many" } as never));
  assert.match(
    await refused(() => server.client().agents.list({ limits: 5 } as never)),
    /limits.*did you mean `limit`\?/,
  );
});

test("Stripe without keys is refused and the message holds no key", async () => {
  const { bimpeai } = server.client().agents.integrations;
  const message = await refused(() =>
    bimpeai.configure("a1", { type: "stripe", secret_key: "sk_live_x" } as never),
  );
  assert.match(message, /public_key/);
  assert.ok(!message.includes("sk_live_x"));
});

test("values that JSON cannot hold are refused with their path", async () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  const cases: [unknown, RegExp][] = [
    [Number.NaN, /^workflows\.update: `flows\[1\]\.x` is NaN, which cannot be encoded as JSON/],
    [Number.POSITIVE_INFINITY, /`flows\[1\]\.x` is Infinity, which cannot be encoded as JSON/],
    [1n, /`flows\[1\]\.x` is a BigInt, which cannot be encoded as JSON/],
    [() => 1, /`flows\[1\]\.x` is a function, which cannot be encoded as JSON/],
    [Symbol("s"), /`flows\[1\]\.x` is a symbol, which cannot be encoded as JSON/],
    [loop, /`flows\[1\]\.x\.self` contains itself/],
    [new Map(), /`flows\[1\]\.x` is a Map, which cannot be encoded as JSON/],
    ["\ud800", /`flows\[1\]\.x` contains an unpaired surrogate/],
    [new Date(Number.NaN), /`flows\[1\]\.x` is an invalid Date/],
    [[undefined], /`flows\[1\]\.x\[0\]` is undefined, which cannot be encoded as JSON/],
  ];
  for (const [value, expected] of cases) {
    const body = { flows: [{ name: "f" }, { name: "g", x: value }] };
    assert.match(await refused(() => server.client().workflows.update("w1", body as never)), expected);
  }
});

test("undefined is dropped, null is sent and dates become text", async () => {
  const options = { headers_template: { at: new Date(0), drop: undefined, none: null } };
  const tools = server.client().agents.integrations.customApi.tools;
  await tools.add("a1", "i1", {
    name: "n",
    http_method: "GET",
    url_template: "/x",
    body_template: options,
  });
  const sent = JSON.parse(server.requests.at(-1)?.body ?? "") as { body_template: unknown };
  assert.deepEqual(sent.body_template, { headers_template: { at: "1970-01-01T00:00:00.000Z", none: null } });
});

test("invalid request options are refused", async () => {
  const call = (options: unknown) => () => server.client().agents.retrieve("a1", options as RequestOptions);
  assert.match(await refused(call({ timeOut: 5 })), /no option `timeOut`; did you mean `timeout`\?/);
  assert.match(await refused(call({ timeout: 0 })), /`timeout`/);
  assert.match(await refused(call({ method: "DELETE" })), /no option `method`/);
  assert.match(await refused(call({ signal: {} })), /`signal` must be an AbortSignal/);
  assert.match(await refused(call({ headers: { "x-a": 1 } })), /headers\["x-a"\]/);
  assert.match(await refused(call({ headers: { authorization: "Bearer x" } })), /authorization/);
  const remove = () => server.client().agents.delete("a1", { idempotencyKey: "a\nb" });
  assert.match(await refused(remove), /idempotency key/);
  await refused(call({ timeout: Number.MAX_SAFE_INTEGER + 2 }));
});

test("headers are read from objects, Headers, maps and pairs", async () => {
  class Foreign {
    *[Symbol.iterator]() {
      yield ["x-one", "1"];
    }
  }
  const forms: Record<string, unknown> = {
    object: { "x-one": "1", "x-two": undefined },
    "object without prototype": Object.assign(Object.create(null), { "x-one": "1" }),
    "object of another realm": runInNewContext('({ "x-one": "1" })'),
    Headers: new Headers({ "x-one": "1" }),
    Map: new Map([["x-one", "1"]]),
    pairs: [["x-one", "1"]],
    "Headers of another package": new Foreign(),
  };
  for (const [form, headers] of Object.entries(forms)) {
    await server.client().agents.retrieve("a1", { headers: headers as HeadersInput });
    assert.equal(server.requests.at(-1)?.headers["x-one"], "1", form);
    await server.client({ defaultHeaders: headers as HeadersInput }).agents.retrieve("a1");
    assert.equal(server.requests.at(-1)?.headers["x-one"], "1", form);
  }
});

test("headers in other forms are refused", async () => {
  class Unreadable {
    "x-one" = "canary";
  }
  const cases: [unknown, RegExp][] = [
    [new Unreadable(), /`headers` must be an object of strings, Headers, a Map or pairs, not a Unreadable/],
    [new WeakMap(), /not a WeakMap/],
    ["x-one: canary", /not a string/],
    [() => ({}), /not a function/],
    [null, /not null/],
    [["x-one", "canary"], /`headers\[0\]` must be a pair of a name and a value, not a string/],
    [new Map([["x-one", 1]]), /`headers\["x-one"\]` must be a string, not a number/],
    [{ "x-one": ["canary"] }, /`headers\["x-one"\]` must be a string, not an array/],
  ];
  for (const [headers, says] of cases) {
    const message = await refused(() => server.client().agents.retrieve("a1", { headers } as RequestOptions));
    assert.match(message, says);
    assert.ok(!message.includes("canary"), message);
  }
});

test("values of a polluted prototype are ignored", async () => {
  const polluted = Object.prototype as unknown as Record<string, unknown>;
  const names = { method: "DELETE", path: "/x", body: {}, query: { a: "1" }, headers: { "x-evil": "1" } };
  // Without `signal` and `timeout`, because Node itself reads them.
  const more = { maxRetries: 0, idempotencyKey: "evil", idempotency_key: "evil", limit: 0, onRequest: 7 };
  Object.assign(polluted, names, more);
  try {
    const client = server.client();
    await client.request({ method: "GET", path: "/agents" });
    const asked = server.requests.at(-1);
    assert.deepEqual([asked?.method, asked?.path, asked?.body], ["GET", "/agents", ""]);
    assert.equal(asked?.headers["x-evil"], undefined);
    assert.match(await refused(() => client.request({} as never)), /`method` must be a string/);
    await client.agents.retrieve("a1");
    assert.deepEqual([server.requests.at(-1)?.path, server.requests.at(-1)?.body], ["/agents/a1", ""]);
    await client.agents.delete("a1", {});
    assert.notEqual(server.requests.at(-1)?.headers["idempotency-key"], "evil");
  } finally {
    for (const name of Object.keys({ ...names, ...more })) delete polluted[name];
  }
});

test("options of other libraries are refused with a hint", async () => {
  const sent = server.requests.length;
  const cases: [string, RegExp][] = [
    ["fetch", /`proxy`, `caFile`.*`baseUrl`/],
    ["fetchOptions", /`proxy`/],
    ["httpAgent", /`proxy`/],
    ["httpsAgent", /`proxy`/],
    ["dispatcher", /`proxy`/],
    ["agent", /`proxy`/],
    ["rejectUnauthorized", /`caFile`/],
    ["token", /`apiKey`/],
    ["organization", /`apiKey`/],
    ["headers", /`defaultHeaders`/],
    ["retries", /`maxRetries`/],
    ["timeoutMs", /`timeout`/],
    ["baseURL", /`baseUrl`/],
  ];
  for (const [name, says] of cases) {
    const options = { apiKey: "sk_1", [name]: {} } as ClientOptions;
    const names = (error: unknown) =>
      error instanceof UserError && error.message.includes(`\`${name}\`: `) && says.test(error.message);
    assert.throws(() => new BimpeAI(options), names, name);
    new BimpeAI({ apiKey: "sk_1", [name]: undefined } as ClientOptions);
  }
  const call = (options: object) => () => server.client().agents.retrieve("a1", options as RequestOptions);
  assert.match(await refused(call({ httpAgent: {} })), /no option `httpAgent`: .*`proxy`/);
  assert.match(
    await refused(call({ proxy: "http://x" })),
    /no option `proxy`: it is an option of the client/,
  );
  const own = { method: "GET", path: "/agents", params: {} };
  assert.match(await refused(() => server.client().request(own as never)), /`params`: use `query`/);
  assert.equal(server.requests.length, sent);
});

test("request options are sent", async () => {
  const client = server.client();
  await client.agents.delete("a1", { idempotencyKey: "key-1", headers: new Headers({ "X-One": "1" }) });
  assert.equal(server.requests.at(-1)?.headers["idempotency-key"], "key-1");
  assert.equal(server.requests.at(-1)?.headers["x-one"], "1");
  await client.agents.retrieve("a1", { timeout: Number.MAX_SAFE_INTEGER, maxRetries: 0 });
});

test("options among the parameters are named with their place", async () => {
  const { agents, workflows } = server.client();
  const hint = "pass options of the request in the last argument";
  const list = await refused(async () => agents.list({ timeout: 3 } as object));
  assert.ok(list.includes(`\`timeout\` is not a parameter; ${hint}`), list);
  const body = { name: "Shop", system_prompt: "Help.", maxRetries: 0 };
  const create = await refused(async () => workflows.create(body));
  assert.ok(create.includes(`\`maxRetries\` is not a field; ${hint}`), create);
});

test("the error about a webchat user names the function for ids", async () => {
  const body = { message: "Hi", channel_type: "webchat", channel_user_id: "ada" } as const;
  const text = await refused(async () => server.client().conversations.send("a1", body));
  assert.match(text, /`webchatUserId` makes one from any text/);
});
