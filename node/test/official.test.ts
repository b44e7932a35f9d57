// Programs for the official package, with one changed import. They compile under strict, and have the same exit codes.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { before, beforeEach, test } from "node:test";
import { startMcpServer } from "./support/mcp.js";
import { PACKAGE, type Sandbox, startSandbox } from "./support/sandbox.js";
import { serve } from "./support/server.js";

const SOURCES = join(PACKAGE, "test/programs/official");
const VISITOR = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11";
const COMPILERS = {
  "TypeScript 7": "node_modules/typescript/bin/tsc",
  "TypeScript 5": "../tests/peers/node_modules/typescript/bin/tsc",
};

let sandbox: Sandbox;

before(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset());

for (const [name, compiler] of Object.entries(COMPILERS)) {
  test(`compiles with ${name}`, () => {
    execFileSync(process.execPath, [join(PACKAGE, compiler), "-p", SOURCES], { stdio: "inherit" });
  });
}

interface Run {
  child: ChildProcess;
  lines: Interface;
  /** The exit code, and all that was printed. */
  ended: Promise<{ code: number | null; printed: string }>;
}

function start(name: string, args: string[] = [], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [join(PACKAGE, ".build/official", `${name}.mjs`), ...args], {
    env: {
      ...process.env,
      BIMPEAI_API_KEY: sandbox.apiKey,
      BIMPEAI_BASE_URL: sandbox.url,
      BIMPEAI_WORKFLOW_ID: sandbox.workflowId,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  let printed = "";
  const lines = createInterface(child.stdout);
  lines.on("line", (line) => {
    printed += `${line}\n`;
  });
  child.stderr.on("data", (text) => {
    printed += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, printed }));
  return { child, lines, ended };
}

async function ends(
  code: number,
  name: string,
  args?: string[],
  env?: Record<string, string>,
): Promise<string> {
  const end = await start(name, args, env).ended;
  assert.equal(end.code, code, end.printed);
  return end.printed;
}

async function conversation(): Promise<string> {
  const { conversations } = sandbox.client;
  const visitor = { channel_type: "webchat", channel_user_id: VISITOR } as const;
  await conversations.send(sandbox.agentId, { message: "Hello", ...visitor });
  const [first] = (await conversations.list(sandbox.agentId)).data;
  return first?.id ?? assert.fail("there is no conversation");
}

test("01 lists the newest agents", async () => {
  assert.match(await ends(0, "01-first-page"), /\d+ in all\n$/);
});

test("01 exits with 1 without a key", async () => {
  const printed = await ends(1, "01-first-page", [], { BIMPEAI_API_KEY: "" });
  assert.match(printed, /UserError/);
});

test("02 creates one agent in two runs", async () => {
  assert.equal(await ends(0, "02-same-key"), await ends(0, "02-same-key"));
  await ends(1, "02-same-key", [], { BIMPEAI_WORKFLOW_ID: "" });
});

test("03 walks every page", async () => {
  assert.equal(await ends(0, "03-all-pages", [sandbox.agentId]), "0 conversations\n");
  await ends(1, "03-all-pages");
});

test("04 exits with 0 on a rate limit and with 1 on a server error", async () => {
  const headers = { "Retry-After": "7", "X-RateLimit-Limit": "120", "X-RateLimit-Remaining": "0" };
  const reply = (status: number, code: string) => ({
    status,
    headers,
    body: { message: "no", statusCode: status, code },
  });
  const limited = await serve(() => reply(429, "rate_limited"));
  assert.equal(
    await ends(0, "04-rate-limit", [], { BIMPEAI_BASE_URL: limited.url }),
    "wait 7 s: 0 of 120 are left\n",
  );
  const broken = await serve(() => reply(500, "internal_error"));
  await ends(1, "04-rate-limit", [], { BIMPEAI_BASE_URL: broken.url });
});

test("05 sends to a conversation or to a visitor", async () => {
  const id = await conversation();
  assert.match(await ends(0, "05-send", [sandbox.agentId, id, "And", "now?"]), /^sent as \w+\n$/);
  const visitor = { BIMPEAI_CHANNEL_TYPE: "webchat", BIMPEAI_CHANNEL_USER_ID: VISITOR };
  assert.match(await ends(0, "05-send", [sandbox.agentId, "Hello"], visitor), /^sent as \w+\n$/);
  await ends(1, "05-send", [sandbox.agentId]);
});

test("06 exits with 0 on SIGINT", async () => {
  const id = await conversation();
  const run = start("06-stream", [sandbox.agentId, id]);
  await once(run.lines, "line");
  const said = once(run.lines, "line");
  // The stream delivers only later messages, so that one must follow its opening.
  const talking = setInterval(() => {
    sandbox.client.conversations.messages
      .send(sandbox.agentId, id, { message: "Still there?" })
      .catch(() => {});
  }, 200);
  await said;
  clearInterval(talking);
  run.child.kill("SIGINT");
  const { code, printed } = await run.ended;
  assert.equal(code, 0, printed);
  assert.match(printed, /user: Still there\?/);
});

test("custom-api adds tools and enables their actions", async () => {
  const first = await ends(0, "custom-api", [sandbox.agentId]);
  assert.equal(first, "Deliveries: find_delivery\nDeliveries: move_delivery\n2 tools, 2 actions, true\n");
  assert.equal(await ends(0, "custom-api", [sandbox.agentId]), first);
  assert.equal((await sandbox.client.agents.integrations.customApi.list(sandbox.agentId)).length, 1);
});

test("server creates a workflow and an agent, sends and lists messages", async () => {
  const run = start("server");
  const [line] = (await once(run.lines, "line")) as [string];
  const get = async (path: string, value: string, text = ""): Promise<{ status: number; body: unknown }> => {
    const url = new URL(path, `http://127.0.0.1:${line.replace("port ", "")}`);
    url.search = new URLSearchParams({ value, text }).toString();
    const response = await fetch(url);
    return { status: response.status, body: await response.json() };
  };
  const opened = (await get("/open", "Ada")).body as { agent: string; prompt: string; rules: string[] };
  assert.deepEqual(opened.rules, ["Size"]);
  const said = await get("/say", opened.agent, "Do you have boots?");
  assert.equal((said.body as { role: string }).role, "assistant");
  const { body } = await get("/history", opened.agent);
  assert.equal((body as string[])[0], "< Do you have boots?");
  assert.equal((body as string[]).length, 2);
  assert.equal((await get("/say", opened.agent, "x".repeat(5000))).status, 500);
  assert.equal((await get("/say", "cmnobody", "Hello")).status, 404);
  run.child.kill("SIGTERM");
  const { code, printed } = await run.ended;
  assert.equal(code, 0, printed);
  assert.match(printed, /Ada is live, language EN/);
});

test("readme exits with 0", async () => {
  const printed = await ends(0, "readme", [], { AGENT_ID: sandbox.agentId, MCP_URL: await startMcpServer() });
  assert.match(printed, /\ntrue true\n/);
});
