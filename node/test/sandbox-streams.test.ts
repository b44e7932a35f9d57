// Streams of the sandbox, with messages sent meanwhile.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, test } from "node:test";
import type { BimpeAI, StreamMessageEvent } from "bimpe";
import { PACKAGE, type Sandbox, startSandbox } from "./support/sandbox.js";

let sandbox: Sandbox;
let client: BimpeAI;
let agentId: string;
before(async () => {
  sandbox = await startSandbox();
  ({ client, agentId } = sandbox);
});

/** Starts a conversation and returns its id. The agent replies. */
async function converse(): Promise<string> {
  const user = crypto.randomUUID();
  await client.conversations.send(agentId, {
    message: "Hello",
    channel_type: "webchat",
    channel_user_id: user,
  });
  const [newest] = await client.conversations.list(agentId, { sort: "-created_at", limit: 1 }).collect();
  return newest?.id ?? assert.fail("there is no conversation");
}

const EVER = "2020-01-01T00:00:00Z";

test("a stream delivers each message once and a later stream resumes after it", async () => {
  const conversation = await converse();
  const texts = ["one", "two", "three"].map((text) => `${text} ${crypto.randomUUID()}`);
  const stream = client.conversations.messages.stream(agentId, conversation, { after: EVER });
  const first = await stream.next();
  assert.equal(first.value?.conversation_id, conversation);
  const sent = (async () => {
    for (const message of texts) await client.conversations.messages.send(agentId, conversation, { message });
  })();
  const events: StreamMessageEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (event.message === texts[1]) break;
  }
  await sent;
  assert.ok(stream.lastId !== null);
  const later = client.conversations.messages.stream(agentId, conversation, { after: stream.lastId });
  for await (const event of later) {
    events.push(event);
    if (event.message === texts[2]) break;
  }
  const own = events.map((event) => event.message).filter((text) => texts.includes(text ?? ""));
  assert.deepEqual(own, texts);
  assert.equal(new Set(events.map((event) => event.id)).size, events.length);
});

test("streamMany merges the streams of conversations", async () => {
  const conversations = [await converse(), await converse()];
  const stream = client.conversations.messages.streamMany(agentId, conversations, { after: EVER });
  const seen = new Set<string>();
  for await (const event of stream) {
    seen.add(event.conversation_id);
    if (seen.size === 2) break;
  }
  assert.deepEqual([...seen].sort(), conversations.sort());
});

test("the process ends after break, close and abort", async () => {
  const conversation = await converse();
  const source = `
    import { BimpeAI } from "bimpe";
    const { messages } = new BimpeAI().conversations;
    const [agent, conversation, after] = process.argv.slice(1);
    for await (const { role } of messages.stream(agent, conversation, { after })) { console.log(role); break; }
    const closed = messages.stream(agent, conversation);
    closed.next().then(({ done }) => console.log(done));
    setTimeout(() => closed.close(), 50);
    messages.stream(agent, conversation, { signal: AbortSignal.timeout(100) }).next().then(({ done }) => console.log(done));
    setTimeout(() => {}, 200);`;
  const printed = execFileSync(
    process.execPath,
    ["--input-type=module", "--eval", source, agentId, conversation, EVER],
    {
      cwd: PACKAGE,
      env: { ...process.env, BIMPEAI_API_KEY: sandbox.apiKey, BIMPEAI_BASE_URL: sandbox.url },
      encoding: "utf8",
      timeout: 10_000,
    },
  );
  assert.equal(printed, "user\ntrue\ntrue\n");
});
