import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { BimpeAI, ClientClosedError, type ClientOptions, UserError, VERSION } from "bimpe";
import { KEY, ok, serve } from "./support/server.js";

/** Returns the error of these settings. */
function refused(options: unknown): UserError {
  let error: unknown;
  assert.throws(
    () => new BimpeAI(options as ClientOptions),
    (thrown) => {
      error = thrown;
      return thrown instanceof UserError;
    },
  );
  return error as UserError;
}

test("a missing key is refused with the place to get one", () => {
  delete process.env.BIMPEAI_API_KEY;
  const { message } = refused(undefined);
  assert.match(message, /BIMPEAI_API_KEY/);
  assert.match(message, /bimpe sandbox/);
});

test("key and base URL default to the environment", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  process.env.BIMPEAI_API_KEY = KEY;
  process.env.BIMPEAI_BASE_URL = server.url;
  try {
    await new BimpeAI().agents.retrieve("a1");
  } finally {
    delete process.env.BIMPEAI_API_KEY;
    delete process.env.BIMPEAI_BASE_URL;
  }
  assert.equal(server.requests[0]?.headers.authorization, `Bearer ${KEY}`);
  assert.match(
    server.requests[0]?.headers["user-agent"] ?? "",
    new RegExp(`^bimpe-node/${VERSION} \\(Node/`),
  );
});

test("a key with a newline is refused and not shown", () => {
  const { message, stack } = refused({ apiKey: `${KEY}\n` });
  assert.match(message, /newline/);
  assert.ok(!`${message}${stack}`.includes(KEY));
});

test("unknown and mistyped settings are refused", () => {
  assert.match(refused({ api_key: KEY }).message, /no client option `api_key`; did you mean `apiKey`\?/);
  assert.match(refused({ apiKey: 1 }).message, /`apiKey` must be a string/);
  assert.match(refused({ apiKey: KEY, timeout: "3" }).message, /`timeout` must be a number of milliseconds/);
  assert.match(refused({ apiKey: KEY, timeout: Number.NaN }).message, /`timeout`/);
  assert.match(refused({ apiKey: KEY, maxRetries: -1 }).message, /`maxRetries`/);
  assert.match(refused("sk_key").message, /must be an object/);
  assert.match(refused({ apiKey: KEY, baseUrl: "http://example.com" }).message, /https/);
});

test("`fetch` is refused with a hint", () => {
  assert.match(refused({ apiKey: KEY, fetch }).message, /`proxy`, `caFile`/);
});

test("NODE_EXTRA_CA_CERTS is trusted", async () => {
  process.env.NODE_EXTRA_CA_CERTS = "/no/such/bundle.pem";
  try {
    const client = new BimpeAI({ apiKey: KEY, baseUrl: "https://127.0.0.1:1" });
    await assert.rejects(
      async () => client.agents.list(),
      /NODE_EXTRA_CA_CERTS names no usable file: \/no\/such\/bundle\.pem/,
    );
  } finally {
    delete process.env.NODE_EXTRA_CA_CERTS;
  }
});

test("a polluted prototype sets nothing", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const prototype = Object.prototype as { headers?: unknown };
  prototype.headers = { "x-evil": "1" };
  try {
    await server.client().agents.retrieve("a1", {});
  } finally {
    delete prototype.headers;
  }
  assert.equal(server.requests[0]?.headers["x-evil"], undefined);
});

test("a printed client or error holds no key", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const client = server.client();
  const call = client.agents.retrieve("a1");
  const texts = [client, client.agents, client.agents.integrations, call, await call].flatMap((value) => [
    inspect(value, { depth: 9, showHidden: true }),
    JSON.stringify(value),
    String(value),
  ]);
  for (const text of texts) assert.ok(!text.includes(KEY), text);
  assert.equal(JSON.stringify(client), JSON.stringify({ baseUrl: client.baseUrl }));
  assert.match(inspect(client), /^BimpeAI \{ baseUrl: 'http:\/\/127\.0\.0\.1:\d+.*' \}$/);
});

class Shop extends BimpeAI {
  readonly team: string;
  readonly seen: string[] = [];

  constructor(team: { name: string }, options: ClientOptions) {
    super(options);
    this.team = team.name.toUpperCase();
  }

  async firstAgent(): Promise<string> {
    const agent = await this.agents.retrieve("a1");
    this.seen.push(agent.id);
    return `${this.team}: ${agent.id}`;
  }
}

test("withOptions keeps a subclass, its methods and its attributes", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const shop = new Shop({ name: "sales" }, { apiKey: KEY, baseUrl: server.url });
  const note = Symbol("note");
  Object.assign(shop, { [note]: 7, since: 2026 });
  const derived = shop.withOptions({ headers: { "x-team": "sales" } }).withOptions({ timeout: 5000 });
  assert.ok(derived instanceof Shop);
  assert.equal(derived.constructor, Shop);
  assert.equal(await derived.firstAgent(), "SALES: a1");
  assert.deepEqual(derived.seen, ["a1"]);
  assert.deepEqual([Reflect.get(derived, note), Reflect.get(derived, "since")], [7, 2026]);
  assert.equal(server.requests[0]?.headers["x-team"], "sales");
  assert.notEqual(derived.agents, shop.agents);
  await shop.firstAgent();
  assert.equal(server.requests[1]?.headers["x-team"], undefined);
  derived.close();
  assert.equal(await shop.firstAgent(), "SALES: a1");
});

test("withOptions changes defaults and keeps the rest", async () => {
  const server = await serve((_, index) => (index === 0 ? { status: 503, body: "{}" } : ok({ id: "a1" })));
  const derived = server.client().withOptions({ maxRetries: 0, defaultHeaders: { "x-team": "7" } });
  await assert.rejects(derived.agents.retrieve("a1"), { name: "InternalServerError", attempts: 1 });
  assert.equal(server.requests[0]?.headers["x-team"], "7");
  assert.throws(() => derived.withOptions({ maxRetry: 1 } as never), /did you mean `maxRetries`\?/);
});

test("headers of derived clients add up and request headers override them", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const one = server.client({ defaultHeaders: { "x-a": "1", "x-b": "1", "x-c": "1" } });
  const two = one.withOptions({ headers: { "x-b": "2", "x-c": "2" } });
  await two.agents.retrieve("a1", { headers: { "x-c": "3" } });
  const sent = server.requests[0]?.headers ?? {};
  assert.deepEqual([sent["x-a"], sent["x-b"], sent["x-c"]], ["1", "2", "3"]);
});

test("more retries than allowed are refused", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const client = server.client();
  const wrong = /maxRetries must be at most 10; .*error\.idempotencyKey/;
  for (const maxRetries of [11, 2 ** 40, 1e300]) {
    assert.match(refused({ apiKey: KEY, maxRetries }).message, wrong);
    assert.throws(() => client.withOptions({ maxRetries }), wrong);
    await assert.rejects(client.agents.retrieve("a1", { maxRetries }), wrong);
    await assert.rejects(client.request({ method: "GET", path: "/agents", maxRetries }), wrong);
  }
  assert.equal(server.requests.length, 0);
  await client.agents.retrieve("a1", { maxRetries: 10 });
});

test("closing a derived client ends only its requests and streams", async () => {
  const server = await serve(() => undefined);
  const client = server.client();
  const derived = client.withOptions({ timeout: 50_000 });
  const twice = derived.withOptions({ timeout: 40_000 });
  const own = client.agents.retrieve("a1");
  const ended = [
    derived.agents.retrieve("a1"),
    twice.agents.retrieve("a1"),
    derived.conversations.messages.stream("a", "b").next(),
  ].map((call) => assert.rejects(Promise.resolve(call), ClientClosedError));
  const first = own.then(
    () => "succeeded",
    (error: unknown) => error,
  );
  while (server.requests.length < 4) await delay(5);
  derived[Symbol.dispose]();
  await Promise.all(ended);
  for (const one of [derived, twice, derived.withOptions({ timeout: 5 })]) {
    await assert.rejects(one.agents.retrieve("a1"), ClientClosedError);
  }
  assert.equal(await Promise.race([first, delay(100, "waits")]), "waits");
  client.close();
  assert.ok((await first) instanceof ClientClosedError);
  await assert.rejects(client.withOptions({ timeout: 5 }).agents.retrieve("a1"), ClientClosedError);
});

test("the end of a `using` block closes the client", async () => {
  const client = (await serve(() => ok({ id: "a1" }))).client();
  client[Symbol.dispose]();
  await assert.rejects(client.agents.retrieve("a1"), ClientClosedError);
});

test("a closed client refuses requests", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const client = server.client();
  client.close();
  client.close();
  await assert.rejects(client.agents.retrieve("a1"), ClientClosedError);
  assert.equal(server.requests.length, 0);
});

test("VERSION matches package.json", () => {
  const { version } = require("bimpe/package.json") as { version: string };
  assert.equal(VERSION, version);
});
