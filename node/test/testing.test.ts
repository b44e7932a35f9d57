// `bimpe/testing`: the sandbox as a helper of tests, and fake pages.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AuthenticationError, BimpeAI, ConnectionError, NotFoundError, PagePromise } from "bimpe";
import { fakePage, Sandbox, SandboxError } from "bimpe/testing";
import { PACKAGE } from "./support/sandbox.js";
import { serve } from "./support/server.js";

const folder = mkdtempSync(join(tmpdir(), "bimpe-testing-"));
const onPosix = { skip: process.platform === "win32" };
let sandbox: Sandbox;
let client: BimpeAI;

before(async () => {
  sandbox = await Sandbox.start();
  client = sandbox.client();
});

beforeEach(() => sandbox.reset());

after(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true });
});

function createAgent(name: string) {
  return client.agents.create({ workflow_id: sandbox.workflowId, name, description: "A helper" });
}

async function isRunning(url: string): Promise<boolean> {
  return fetch(`${url}/_sandbox/info`).then(
    () => true,
    () => false,
  );
}

test("a sandbox runs within its block", async () => {
  let url: string;
  {
    await using own = await Sandbox.start();
    url = own.url;
    assert.notEqual(url, sandbox.url);
    assert.ok((await own.client().agents.retrieve(own.agentId)).id);
    await assert.rejects(own.client({ apiKey: sandbox.apiKey }).agents.list(), AuthenticationError);
  }
  assert.equal(await isRunning(url), false);
});

for (const ending of ["kill", "exit"]) {
  test(`a sandbox ends with its process: ${ending}`, async () => {
    const program = `
      const { Sandbox } = require("bimpe/testing");
      Sandbox.start().then(({ url }) => {
        console.log(url);
        ${ending === "kill" ? "setInterval(() => {}, 1000)" : ""}
      });`;
    const child = spawn(process.execPath, ["--eval", program], {
      cwd: PACKAGE,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = await new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve));
    if (ending === "kill") {
      assert.ok(await isRunning(url));
      child.kill("SIGKILL");
    }
    await new Promise((resolve) => child.once("exit", resolve));
    for (let tries = 0; await isRunning(url); tries += 1) {
      assert.ok(tries < 200, "the sandbox outlives its process");
      await sleep(20);
    }
  });
}

/** Returns the error of a start with these variables. */
async function startError(env: Record<string, string>, args: string[] = []): Promise<Error> {
  const old = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await Sandbox.start({ args }).then(
      async (started) => {
        await started.stop();
        throw new Error("it started");
      },
      (error: Error) => error,
    );
  } finally {
    process.env = old;
  }
}

test("arguments reach the command", async () => {
  const error = await startError({}, ["--wrong"]);
  assert.ok(error instanceof SandboxError);
  assert.match(error.message, /did not start: unexpected argument '--wrong'/);
});

test("other commands are refused", onPosix, async () => {
  for (const [output, reason] of [
    ["", /it ended with 0 and printed nothing/],
    ["hello", /did not start: Unexpected token/],
    ["[]", /not the `bimpe` command of this version/],
    ['{"url": "http://127.0.0.1:9"}', /not the `bimpe` command of this version/],
  ] as const) {
    assert.match((await startError({ BIMPE_BIN: fakeCommand(output) })).message, reason);
  }
  assert.match(
    (await startError({ BIMPE_BIN: join(folder, "missing") })).message,
    /missing sandbox` did not start.*ENOENT/,
  );
});

test("other servers are refused", onPosix, async () => {
  const { url } = await serve((_, __) => ({ body: { data: { sandbox: true } } }));
  const ready = JSON.stringify({ url, api_key: "x", agent_id: "x", workflow_id: "x" });
  assert.match((await startError({ BIMPE_BIN: fakeCommand(ready) })).message, /is not a sandbox of bimpe/);
});

/** Creates a command that prints a line and ends at the end of its stdin. */
function fakeCommand(output: string): string {
  const path = join(folder, "bimpe");
  writeFileSync(path, output === "" ? "#!/bin/sh\n" : `#!/bin/sh\necho '${output}'\ncat\n`);
  chmodSync(path, 0o755);
  return path;
}

test("requests have the decoded body", async () => {
  await client.agents.update(sandbox.agentId, { name: "Support" });
  await client.agents.knowledgeBases.list(sandbox.agentId);
  const [update, listing] = await sandbox.requests();
  assert.deepEqual([update?.operation, update?.method, update?.status], ["agents.update", "PATCH", 200]);
  assert.deepEqual(update?.body, { name: "Support" });
  assert.equal(update?.response.data.name, "Support");
  assert.ok(!JSON.stringify(update).includes(sandbox.apiKey));
  assert.equal(typeof update?.durationMs, "number");
  assert.deepEqual([listing?.query, listing?.body], [{}, null]);
  for (const name of ["agents.knowledgeBases.list", "agents.knowledge_bases.list"]) {
    assert.deepEqual(await sandbox.requests(name), [listing]);
  }
});

test("fail injects a fault", async () => {
  await sandbox.fail("agents.knowledgeBases.list", { status: 429, times: 1, retryAfter: 0 });
  await client.agents.knowledgeBases.list(sandbox.agentId);
  assert.deepEqual(
    (await sandbox.requests()).map(({ status }) => status),
    [429, 200],
  );
  await sandbox.fail(null, { wire: "reset_before" });
  await assert.rejects(sandbox.client({ maxRetries: 0 }).agents.list(), ConnectionError);
  await assert.rejects(sandbox.fail("agent.list", { status: 503 }), /refused POST \/faults: operation/);
});

test("approveAll connects pending services", async () => {
  const { bimpeai } = client.agents.integrations;
  await bimpeai.configure(sandbox.agentId, { type: "google_calendar" });
  assert.equal(await sandbox.approveAll(), 1);
  const connected = (await bimpeai.list(sandbox.agentId)).filter((entry) => entry.is_connected);
  assert.deepEqual(
    connected.map(({ type }) => type),
    ["google_calendar"],
  );
});

test("a frozen clock moves by advance only", async () => {
  const now = async () => Date.parse((await createAgent("A")).created_at ?? "");
  await sandbox.freeze();
  const first = await now();
  assert.equal(await now(), first);
  await sandbox.advance(86_400);
  assert.equal(await now(), first + 86_400_000);
});

test("a snapshot restores objects", async () => {
  const { id } = await createAgent("Before");
  await sandbox.snapshot("one-agent");
  await sandbox.reset();
  await assert.rejects(client.agents.retrieve(id), NotFoundError);
  await sandbox.restore("one-agent");
  assert.equal((await client.agents.retrieve(id)).name, "Before");
});

test("refused requests name the field", async () => {
  await assert.rejects(sandbox.advance(-1), /SandboxError: the sandbox refused POST \/clock: advance/);
  for (const name of ["missing", "../path"]) {
    await assert.rejects(sandbox.restore(name), /the sandbox refused POST \/snapshots\//);
  }
});

test("env makes clients use the sandbox", async () => {
  const old = { ...process.env };
  Object.assign(process.env, sandbox.env);
  try {
    using own = new BimpeAI();
    assert.ok(own.baseUrl.startsWith(sandbox.url));
    await own.agents.list();
  } finally {
    process.env = old;
  }
});

test("debug output has no key", async () => {
  const { inspect } = await import("node:util");
  assert.equal(inspect(sandbox), `Sandbox { url: '${sandbox.url}' }`);
});

test("fakePage returns what list methods return", async () => {
  const list = () => fakePage([{ id: "cm1" }, { id: "cm2" }]);
  assert.ok(list() instanceof PagePromise);
  const page = await list();
  assert.deepEqual(page.data, [{ id: "cm1" }, { id: "cm2" }]);
  assert.deepEqual([page.hasNextPage, await page.getNextPage(), page.meta?.total_count], [false, null, 2]);
  assert.deepEqual(await list().collect(), page.data);
  assert.deepEqual(await list().first(), { id: "cm1" });
  const items = [];
  for await (const item of list()) items.push(item);
  assert.deepEqual(items, page.data);
  assert.equal((await list().withResponse()).response.status, 200);
  assert.deepEqual((await fakePage([])).data, []);
});
