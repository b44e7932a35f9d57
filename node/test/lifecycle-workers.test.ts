// The requests of a worker end with it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { replies } from "./support/cancellation-points.js";
import { type FaultServer, startFaults, waitForRequests, waitUntilClosed } from "./support/faults.js";
import { PACKAGE } from "./support/sandbox.js";

let faults: FaultServer;

before(async () => {
  faults = await startFaults();
});

after(() => faults.stop());

function worker(baseUrl: string, work: string): Worker {
  const program = `
    import { BimpeAI } from ${JSON.stringify(pathToFileURL(join(PACKAGE, "dist/index.mjs")).href)};
    const client = new BimpeAI({ apiKey: "sk_test", baseUrl: ${JSON.stringify(baseUrl)} });
    ${work}
  `;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
}

/** The program of a worker, the replies of the server, and the number of requests. */
const WORK = {
  requests: [
    'for (let index = 0; index < 5; index++) client.agents.update("cm1", { name: "Ada" });',
    ["never"],
    5,
  ],
  "requests with a signal": [
    `const { signal } = new AbortController();
    for (let index = 0; index < 5; index++) client.agents.update("cm1", { name: "Ada" }, { signal });`,
    ["never"],
    5,
  ],
  "requests that wait for a retry": ['client.agents.update("cm1", { name: "Ada" });', ["later"], 1],
  streams: ['client.conversations.messages.stream("cm1", "cm2").next();', ["ticket", "silent stream"], 2],
} as const;

for (const [name, [work, script, requests]] of Object.entries(WORK)) {
  for (const [how, end] of [
    ["is terminated", (one: Worker) => one.terminate()],
    ["exits", (one: Worker) => one.postMessage("exit")],
  ] as const) {
    test(`${name} end when their worker ${how}`, async () => {
      const scenario = await faults.scenario(replies(...script), "repeat");
      const exit =
        'import { parentPort } from "node:worker_threads"; parentPort.once("message", () => process.exit());';
      const one = worker(scenario.baseUrl, exit + work);
      await waitForRequests(scenario, requests);
      const ended = new Promise((resolve) => one.once("exit", resolve));
      end(one);
      await ended;
      await waitUntilClosed(scenario);
      // No retry follows.
      assert.equal((await scenario.requestLog()).requests.length, requests);
    });
  }
}
