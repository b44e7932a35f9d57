// The entry of browsers in Node, where the test can change the runtime.
import assert from "node:assert/strict";
import { test } from "node:test";
import { importEntry } from "./runtimes.mjs";

const { BimpeAI } = await importEntry();
const settings = { apiKey: "sk_test" };

test("a runtime without fetch is refused", () => {
  const { fetch } = globalThis;
  globalThis.fetch = undefined;
  try {
    assert.throws(() => new BimpeAI(settings), {
      name: "UserError",
      message: /this runtime has no `fetch`, which bimpe sends requests with: use a newer runtime, or define it/,
    });
  } finally {
    globalThis.fetch = fetch;
  }
});

test("streamUrl returns the address of the stream with a ticket", async () => {
  const { fetch } = globalThis;
  const sent = [];
  globalThis.fetch = async (url, { method }) => {
    sent.push(`${method} ${new URL(url).pathname}`);
    return Response.json({ message: "ok", data: { ticket: "t1", expires_in: 60 } });
  };
  try {
    const client = new BimpeAI({ ...settings, baseUrl: "https://api.example.com" });
    const { url, expires_in } = await client.conversations.messages.streamUrl("a1", "c1", { after: "m1" });
    assert.equal(url, "https://api.example.com/api/v1/console/agents/a1/conversations/c1/stream?ticket=t1&after=m1");
    assert.equal(expires_in, 60);
    assert.deepEqual(sent, ["POST /api/v1/console/agents/a1/conversations/c1/stream-ticket"]);
  } finally {
    globalThis.fetch = fetch;
  }
});
