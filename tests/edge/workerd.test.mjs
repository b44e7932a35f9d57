// The npm package as WebAssembly in workerd.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startFaultServer } from "../fault-server.mjs";
import { table, testFaults } from "./outcomes.mjs";
import { bundle, project, startSandbox, startWorker, workerd, writeSnippet } from "./runtimes.mjs";

let server;
let runtime;

before(async () => {
  writeFileSync(join(project, "call.mjs"), readFileSync(join(import.meta.dirname, "call.mjs")));
  writeFileSync(
    join(project, "worker.mjs"),
    `import { call } from "./call.mjs";
     export default { fetch: async (request) => Response.json(await call(await request.json())) };`,
  );
  server = await startFaultServer();
  runtime = await workerd();
});

after(async () => {
  await runtime?.stop();
  server?.stop();
});

testFaults("workerd", () => server, (input) => runtime.call(input));

test("a missing key names the secret", async () => {
  const { error } = await runtime.call({ settings: {}, method: "agents.list" });
  assert.match(error.text, /UserError: no API key: .*`wrangler secret put BIMPEAI_API_KEY`/);
});

for (const option of ["proxy", "caFile"]) {
  test(`the option ${option} is refused`, async () => {
    const settings = { apiKey: table.api_key, [option]: "x" };
    const { error } = await runtime.call({ settings, method: "agents.list" });
    assert.match(error.text, new RegExp(`UserError: \`${option}\` is unsupported in this runtime`));
  });
}

test("a client outside of the handler serves several requests", async () => {
  const { baseUrl } = await server.scenario([{ body: { data: { id: "a1" } } }], "repeat");
  const source = join(project, "global.mjs");
  writeFileSync(
    source,
    `import { BimpeAI } from "bimpe";
     const client = new BimpeAI({ apiKey: "sk_test", baseUrl: ${JSON.stringify(baseUrl)} });
     export default { fetch: async () => Response.json(await client.agents.retrieve("a1")) };`,
  );
  const script = join(project, "global/main.mjs");
  await bundle(source, script);
  const { url, stop } = await startWorker(script);
  try {
    const responses = await Promise.all(Array.from({ length: 6 }, () => fetch(url)));
    for (const response of responses) assert.deepEqual(await response.json(), { id: "a1" });
  } finally {
    await stop();
  }
});

test("the worker of docs/edge.md runs", async () => {
  const script = join(project, "docs/main.mjs");
  await bundle(writeSnippet("worker.mjs"), script);
  const sandbox = await startSandbox();
  const secrets = { BIMPEAI_API_KEY: sandbox.api_key, BIMPEAI_BASE_URL: sandbox.url };
  const { url, stop } = await startWorker(script, secrets);
  try {
    const agents = await (await fetch(url)).json();
    assert.ok(agents.some(({ id }) => id === sandbox.agent_id), JSON.stringify(agents));
  } finally {
    await stop();
    sandbox.stop();
  }
});
