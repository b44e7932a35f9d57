import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import * as required from "bimpe";
import { PACKAGE } from "./support/sandbox.js";
import { ok, serve } from "./support/server.js";

test("ES modules and CommonJS share one implementation", async () => {
  const imported = await import("bimpe");
  assert.equal(imported.BimpeAI, required.BimpeAI);
  assert.equal(imported.NotFoundError, required.NotFoundError);
  const names = Object.keys(required).filter((name) => name !== "__esModule");
  for (const name of names) assert.ok(name in imported, name);
});

/** Runs a module in the folder of the package. Returns its output and its duration. */
function run(source: string, env: Record<string, string> = {}): { printed: string; elapsed: number } {
  const started = performance.now();
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: PACKAGE,
    env: { ...process.env, BIMPEAI_API_KEY: "sk_x", ...env },
    encoding: "utf8",
    timeout: 20_000,
  });
  return { printed, elapsed: performance.now() - started };
}

test("the process ends without close()", async () => {
  const { printed } = run(`
    import { createServer } from "node:http";
    import { BimpeAI } from "bimpe";
    const server = createServer((_, response) => {
      response.setHeader("content-type", "application/json").end('{"message":"ok","data":{"id":"a1"}}');
    });
    await new Promise((resolve) => server.listen(0, resolve));
    const client = new BimpeAI({ baseUrl: "http://127.0.0.1:" + server.address().port });
    console.log((await client.agents.retrieve("a1")).id);
    const controller = new AbortController();
    client.agents.retrieve("a1", { signal: controller.signal }).catch((error) => console.log(error.name));
    controller.abort();
    server.close();
    server.closeAllConnections();
  `);
  assert.equal(printed, "a1\nAbortError\n");
});

test("importing the package loads no native code", () => {
  const { printed } = run(`
    import "bimpe";
    console.log(process.report.getReport().sharedObjects.filter((name) => name.includes("bimpe")).length);
  `);
  assert.equal(printed, "0\n");
});

test("a worker can be terminated during a request", async () => {
  const server = await serve((_, index) => (index === 0 ? ok({ id: "a1" }) : undefined));
  const worker = new Worker(
    `const { BimpeAI } = require("bimpe");
     const { parentPort, workerData } = require("node:worker_threads");
     const client = new BimpeAI({ apiKey: "sk_x", baseUrl: workerData });
     client.agents.retrieve("a1").then((agent) => {
       client.agents.retrieve("a1");
       parentPort.postMessage(agent.id);
     });`,
    { eval: true, workerData: server.url },
  );
  const id = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  assert.equal(id, "a1");
  await worker.terminate();
});
