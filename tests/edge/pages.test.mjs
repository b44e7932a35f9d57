// The pages of docs/edge.md in Chromium, with the packed packages, against the sandbox.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromiumWith, project, startSandbox, writeSnippet } from "./runtimes.mjs";

const { BimpeAI } = createRequire(join(project, "package.json"))("bimpe");
const LONG_AGO = "2020-01-01T00:00:00Z";

test("the page with a key runs at an allowed origin", async () => {
  const { page, origin, stop } = await chromiumWith(writeSnippet("page.mjs"));
  const sandbox = await startSandbox("--allow-origin", origin);
  const names = async ([key, url]) => (await import("/main.mjs")).names(key, url);
  try {
    const found = await page.evaluate(names, [sandbox.api_key, sandbox.url]);
    assert.ok(found.length > 0, JSON.stringify(found));
  } finally {
    await stop();
    sandbox.stop();
  }
});

test("a page without a key reads a stream, and resumes after a lost connection", async () => {
  const asked = [];
  let client;
  let ids;
  let streamUrl;
  const routes = {
    "/stream-url": (parameters) => {
      asked.push(parameters.get("after"));
      return streamUrl(client, ...ids, parameters.get("after"));
    },
  };
  const { page, origin, stop } = await chromiumWith(writeSnippet("chat.mjs"), { routes });
  const sandbox = await startSandbox("--allow-origin", origin);
  try {
    ({ streamUrl } = await import(pathToFileURL(writeSnippet("stream-url.mjs")).href));
    client = new BimpeAI({ apiKey: sandbox.api_key, baseUrl: sandbox.url });
    const user = { channel_type: "webchat", channel_user_id: "0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10" };
    const sent = { ...user, message: "Hello", is_test_channel: true };
    const { conversation_id } = await client.conversations.send(sandbox.agent_id, sent);
    ids = [sandbox.agent_id, conversation_id];
    // The first connection ends after one event.
    await fetch(new URL("/_sandbox/faults", sandbox.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ operation: "conversations.messages.stream", stream: "cut", stream_after: 1, times: 1 }),
    }).then((response) => assert.ok(response.ok, response.status));

    await page.evaluate(async (after) => {
      globalThis.shown = [];
      await (await import("/main.mjs")).watch(after, (message) => globalThis.shown.push(message));
    }, LONG_AGO);
    await page.waitForFunction(() => globalThis.shown.length >= 2);
    await client.conversations.messages.send(...ids, { message: "Are you there?" });
    await page.waitForFunction(() => globalThis.shown.length >= 4);
    const shown = await page.evaluate(() => globalThis.shown);
    const all = await client.conversations.messages.list(...ids, { sort: "created_at" });
    assert.deepEqual(
      shown.map(({ id }) => id),
      all.data.map(({ id }) => id),
    );
    assert.deepEqual(asked, [LONG_AGO, shown[0].id]);
  } finally {
    await stop();
    sandbox.stop();
  }
});
