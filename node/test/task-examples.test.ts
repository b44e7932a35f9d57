// Runs the programs of the folder `examples` against the sandbox. The demo runs the tour.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { type FaultServer, startFaults } from "./support/faults.js";
import { run } from "./support/run.js";
import { PACKAGE, type Sandbox, startSandbox } from "./support/sandbox.js";

const PROGRAMS = join(PACKAGE, ".build/task-examples");

let sandbox: Sandbox;
let faults: FaultServer;

before(async () => {
  const compiler = join(PACKAGE, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(PACKAGE, "examples")], { stdio: "inherit" });
  sandbox = await startSandbox();
  faults = await startFaults();
  process.env.BIMPEAI_API_KEY = sandbox.apiKey;
  process.env.BIMPE_AGENT_ID = sandbox.agentId;
});
beforeEach(async () => {
  process.env.BIMPEAI_BASE_URL = sandbox.url;
  await sandbox.reset();
});
after(() => faults.stop());

const program = (name: string) => join(PROGRAMS, `${name}.mjs`);

/** Starts a program and returns it with its first line. */
async function start(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const [first] = (await once(lines, "line")) as [string];
  return { child, lines, first };
}

test("streaming: prints messages until SIGINT, and the id to resume with", async () => {
  const { conversations } = sandbox.client;
  const visitor = { channel_type: "webchat", channel_user_id: crypto.randomUUID() } as const;
  await conversations.ask(sandbox.agentId, { message: "Hello", ...visitor });
  const { id = "" } = (await conversations.list(sandbox.agentId).first()) ?? {};
  const { child, lines, first } = await start("streaming", sandbox.agentId, id, "2020-01-01T00:00:00Z");
  assert.equal(first, "user: Hello");
  let last = "";
  lines.on("line", (line) => {
    last = line;
  });
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.match(last, /^after \S+$/);
});

test("web-service: replies to visitors and refuses invalid requests", async () => {
  const { child, first: url } = await start("web-service");
  const post = async (body: string, path = "/messages") => {
    const response = await fetch(`${url}${path}`, { method: "POST", body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const replied = await post(JSON.stringify({ visitor: "ada", text: "Do you deliver?" }));
  assert.equal(replied.status, 200);
  assert.equal(typeof replied.body.text, "string");
  assert.deepEqual(await post("{"), { status: 400, body: { error: "the body is not JSON" } });
  assert.equal((await post("{}")).status, 400);
  assert.equal((await post("{}", "/")).status, 404);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "close"), [0, null]);
});

test("errors: creates an agent and names invalid fields", async () => {
  const created = await run(program("errors"), sandbox.workflowId, "Front desk");
  assert.equal((await sandbox.client.agents.retrieve(created.out.trim())).name, "Front desk");
  const refused = await run(program("errors"), "unknown", "Front desk");
  assert.deepEqual([refused.code, refused.out], [1, ""]);
  assert.match(refused.errors, /workflow/i);
});

test("errors: repeats a write without a result with its idempotency key", async () => {
  const lost = { body: { data: { id: "lost" } }, cut: { body: 5 } };
  const scenario = await faults.scenario([lost, lost, lost, { body: { data: { id: "cm1" } } }]);
  process.env.BIMPEAI_BASE_URL = scenario.baseUrl;
  const { code, out, errors } = await run(program("errors"), "w1", "Front desk");
  assert.deepEqual([code, out], [0, "cm1\n"], errors);
  assert.match(errors, /attempt 1 failed with ConnectionError, retry in/);
  assert.match(errors, /repeats the request/);
  const { requests } = await scenario.requestLog();
  assert.equal(new Set(requests.map(({ key }) => key)).size, 1);
});

test("bulk: imports every line once, also in a second run", async () => {
  const file = join(PROGRAMS, "knowledge.jsonl");
  const lines = Array.from({ length: 20 }, (_, index) => ({
    name: `Text ${index}`,
    content: "Open all day.",
  }));
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  for (let runs = 0; runs < 2; runs++) {
    const { code, out, errors } = await run(program("bulk"), sandbox.agentId, file);
    assert.deepEqual([code, out], [0, "20 imported, 0 failed, 20 in the agent\n"], errors);
  }
});

test("testing: starts its own sandbox", async () => {
  const { code, out, errors } = await run(program("testing"));
  assert.deepEqual([code, out], [0, "retried with the same idempotency key: { name: 'Support' }\n"], errors);
});
