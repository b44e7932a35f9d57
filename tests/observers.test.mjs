// Observers do not change the result of a request. Runs every operation with hostile hooks, loggers, signals and
// replaced globals. The results must equal those without observers.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { bimpe } from "./bimpe.mjs";
import { record } from "./results.mjs";
import { invoke, operations, stream } from "./operations.mjs";

// Stored here, because observers replace the globals.
const { parse, stringify } = JSON;

/** All bytes that HTTP allows in a header value, as one character each. */
const every = Array.from({ length: 256 }, (_, byte) => byte)
  .filter((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f))
  .map((byte) => String.fromCharCode(byte))
  .join("");
const headers = ["content-type", "application/json", "via", "1.1 Zürich", "x-every", `|${every}|`];
const event =
  'id: e1\nevent: message\ndata: {"id": "e1", "conversation_id": "c1", "role": "user", "message": "hi"}\n\n';

/** The statuses of the attempts of a request. */
const replies = { success: [201], retry: [503, 200], 401: [401], 429: [429], 500: [500] };

let server;
let baseUrl;

before(async () => {
  const attempts = new Map();
  server = createServer((request, response) => {
    request.resume();
    if (request.url.includes("/stream?")) {
      response.writeHead(200, [...headers.slice(2), "content-type", "text/event-stream"]).write(event);
      return;
    }
    const { statuses, data } = parse(request.headers["x-reply"]);
    const call = request.headers["x-call"];
    const attempt = attempts.get(call) ?? 0;
    attempts.set(call, attempt + 1);
    const status = statuses[Math.min(attempt, statuses.length - 1)];
    const ticket = request.url.endsWith("/stream-ticket") ? { ticket: "t", expires_in: 60 } : data;
    response.writeHead(status, ["x-attempt", String(attempt + 1), ...headers]);
    response.end(stringify({ message: "said", data: status < 400 ? ticket : null }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

let calls = 0;

/** Returns the results of all operations, in the order of the table. */
async function outcomes(statuses, { signal, ...options }) {
  const client = new bimpe.BimpeAI({
    apiKey: "sk_test",
    baseUrl,
    maxRetries: statuses.length - 1,
    ...options,
  });
  const one = async (operation) => {
    const data = operation.givesNothing ? null : /\.list/.test(operation.id) ? [{ id: "a1" }] : { id: "a1" };
    const own = { "x-reply": stringify({ statuses, data }), "x-call": String(calls++) };
    const given =
      operation.id === stream ? {} : { headers: own, idempotencyKey: "k", ...(signal && { signal }) };
    const caller = operation.id === stream ? client.withOptions({ headers: own }) : client;
    try {
      const value = await invoke(caller, operation, operation.path, given);
      return { id: operation.id, value: value?.data ?? value ?? null };
    } catch (error) {
      const { name, status, attempts, mayHaveBeenApplied } = error;
      // A stream creates another signal for its ticket.
      const key = operation.id === stream ? null : error.idempotencyKey;
      const isOurs = error instanceof bimpe.BimpeAIError;
      return { id: operation.id, isOurs, name, status, attempts, mayHaveBeenApplied, key };
    }
  };
  const ended = await Promise.all(operations.map(one));
  client.close();
  return ended;
}

function fail() {
  throw new Error("hostile");
}
/** A value without a text. */
const textless = Object.create(null);
const throwing = { onRetry: fail, onResponse: fail };

/** Replaces a property. Returns a function that restores it. */
function replace(object, name, value) {
  const own = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return () => (own ? Object.defineProperty(object, name, own) : delete object[name]);
}

/** The observers, and the globals that they replace. */
const observers = {
  "hooks that throw": { options: throwing },
  "hooks that throw what has no text": {
    options: {
      onResponse() {
        throw textless;
      },
    },
  },
  "hooks that reject": { options: { onRetry: async () => fail(), onResponse: async () => fail() } },
  "hooks that give hostile promises": {
    options: {
      // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable
      onRetry: () => ({ then: fail }),
      // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable
      onResponse: () => Object.defineProperty({}, "then", { get: fail }),
    },
  },
  "a logger that throws": { options: { logger: { info: fail, debug: fail }, logLevel: "debug" } },
  "standard error that throws": {
    options: { logLevel: "info" },
    install: () => replace(process.stderr, "write", fail),
  },
  "prepareStackTrace that throws": {
    options: throwing,
    install: () => replace(Error, "prepareStackTrace", fail),
  },
  "prepareStackTrace that gives no text": {
    options: throwing,
    install: () => replace(Error, "prepareStackTrace", (_error, sites) => sites),
  },
  "emitWarning that throws": { options: throwing, install: () => replace(process, "emitWarning", fail) },
  "a listener of warnings that throws": {
    options: throwing,
    install() {
      process.prependListener("warning", fail);
      return () => process.off("warning", fail);
    },
  },
  "Headers that throw": { options: { onResponse() {} }, install: () => replace(globalThis, "Headers", fail) },
  "JSON.parse that throws": { options: throwing, install: () => replace(JSON, "parse", fail) },
  "a clock that throws": { options: throwing, install: () => replace(performance, "now", fail) },
  "dates that throw": {
    options: { logLevel: "info" },
    install: () => replace(Date.prototype, "toISOString", fail),
  },
  "timers that give numbers": {
    options: {},
    install() {
      const back = ["setTimeout", "setInterval", "setImmediate"].map((name) =>
        replace(globalThis, name, () => 1),
      );
      return () => {
        for (const undo of back) undo();
      };
    },
  },
  "a signal that cannot be let go": {
    options: {
      signal: { aborted: false, addEventListener() {}, removeEventListener: fail },
    },
  },
};

let quiet;

before(() => {
  quiet = process.listeners("warning");
  process.removeAllListeners("warning");
});

let passed = 0;

after(() => {
  for (const listener of quiet) process.on("warning", listener);
  const tries = Object.keys(replies).length * Object.keys(observers).length;
  const figures = { "outcomes changed": tries - passed };
  record(2, "Observers that fail, in every operation", tries, figures, { "outcomes changed": 0 });
});

for (const [reply, statuses] of Object.entries(replies)) {
  for (const [name, { options, install = () => () => {} }] of Object.entries(observers)) {
    test(`${reply}, ${name}`, async () => {
      const wanted = await outcomes(statuses, {});
      const undo = install();
      let found;
      try {
        found = await outcomes(statuses, options);
      } finally {
        undo();
      }
      assert.deepEqual(found, wanted);
      passed += 1;
    });
  }
}
