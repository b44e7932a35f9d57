// Requests end at once on abort, `break` and `close()`, and their connections close.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AbortError, BimpeAI, ClientClosedError } from "bimpe";
import { POINTS, reach, replies } from "./support/cancellation-points.js";
import {
  type FaultServer,
  startFaults,
  waitForRequests,
  waitUntil,
  waitUntilClosed,
} from "./support/faults.js";
import { results } from "./support/results.js";

const ENDED = "slowest end of a request, ms";
const CLOSED = "slowest close of a connection, ms";
const LATER = "requests after the end";
const MOMENT = 20;

let faults: FaultServer;
const unhandled: unknown[] = [];
const warnings: Error[] = [];

before(async () => {
  faults = await startFaults();
  process.on("unhandledRejection", (reason) => unhandled.push(reason));
  process.on("warning", (warning) => warnings.push(warning));
});

after(() => faults.stop());

const ways = {
  signal: {
    what: "AbortSignal",
    error: AbortError,
    end: (_client: BimpeAI, controller: AbortController) => controller.abort(new Error("enough")),
  },
  close: { what: "close()", error: ClientClosedError, end: (client: BimpeAI) => client.close() },
};

for (const { what, error: Expected, end } of Object.values(ways)) {
  const seen = { [ENDED]: 0, [CLOSED]: 0, [LATER]: 0 };
  let runs = 0;

  for (const name of POINTS.keys()) {
    test(`${what} ends a request at the point: ${name}`, async () => {
      for (let run = 0; run < ((await results).isFullRun() ? 5 : 1); run++) {
        runs++;
        const server = await reach(name, faults);
        const client = new BimpeAI({ apiKey: "sk_test", baseUrl: server.baseUrl });
        const controller = new AbortController();
        const call = server.point.call(client, controller.signal);
        const caught = call.catch((error: unknown) => error);
        await server.wait();
        await new Promise((resolve) => setTimeout(resolve, MOMENT));
        const started = performance.now();
        end(client, controller);
        const ended = await caught;
        seen[ENDED] = Math.max(seen[ENDED] ?? 0, performance.now() - started);
        if (Expected === AbortError && server.point.isStream) {
          assert.deepEqual(ended, { done: true, value: undefined });
        } else {
          assert.ok(ended instanceof Expected, String(ended));
          if (ended instanceof AbortError) assert.equal((ended.cause as Error).message, "enough");
          assert.match(ended.stack ?? "", /lifecycle-cancel\.test/, "the stack begins at the caller");
        }
        seen[CLOSED] = Math.max(seen[CLOSED] ?? 0, await server.closed());
        const requests = await server.requests();
        await new Promise((resolve) => setTimeout(resolve, 100));
        const more = (await server.requests()) - requests;
        seen[LATER] = (seen[LATER] ?? 0) + more;
        assert.equal(more, 0, "no request is sent later");
      }
    });
  }

  after(async () => {
    const goal = { [ENDED]: 200, [CLOSED]: 200, [LATER]: 0 };
    (await results).record(15, `${what} at ${POINTS.size} points`, runs, seen, goal);
  });
}

test("break out of a list aborts the pending page", async () => {
  const scenario = await faults.scenario(replies("first page", "never"));
  const client = new BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl });
  for await (const { id } of client.agents.list()) {
    assert.equal(id, "cm1");
    await waitForRequests(scenario, 2);
    break;
  }
  await waitUntilClosed(scenario);
});

test("break and exceptions in the loop close a stream", async () => {
  const scenario = await faults.scenario(replies("ticket", "one event"), "repeat");
  const client = new BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl });
  const open = () => client.conversations.messages.stream("cm1", "cm2");
  for await (const _ of open()) break;
  await waitUntilClosed(scenario);
  await assert.rejects(async () => {
    for await (const _ of open()) throw new Error("mine");
  }, /mine/);
  await waitUntilClosed(scenario);
});

test("a garbage-collected stream is closed", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const scenario = await faults.scenario(replies("ticket", "one event"));
  const client = new BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl });
  await client.conversations.messages.stream("cm1", "cm2").next();
  await waitUntil(async () => {
    collect();
    return (await scenario.requestLog()).open === 0;
  });
});

test("one signal aborts a hundred requests", async () => {
  const scenario = await faults.scenario(replies("never"), "repeat");
  const client = new BimpeAI({ apiKey: "sk_test", baseUrl: scenario.baseUrl });
  const controller = new AbortController();
  const { signal } = controller;
  const calls = Array.from({ length: 100 }, () => client.agents.retrieve("cm1", { signal }));
  const ended = Promise.allSettled(calls);
  await waitForRequests(scenario, 100);
  controller.abort();
  for (const call of await ended) {
    assert.ok(call.status === "rejected" && call.reason instanceof AbortError);
  }
  await waitUntilClosed(scenario);
});

test("no unhandled rejection and no warning occurred", async () => {
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(unhandled, []);
  assert.deepEqual(warnings, []);
});
