// Runs cases/lenient.json: JSON with the deviations of real servers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bimpe, readCases } from "./bimpe.mjs";
import { startFaultServer } from "./fault-server.mjs";
import { record } from "./results.mjs";

const table = readCases("lenient");

let server;

before(async () => {
  server = await startFaultServer();
});

after(() => server.stop());

function text({ fields, depth, byte_order_mark }, form) {
  const given = depth === undefined ? fields : `"x": ${"[".repeat(depth)}${"]".repeat(depth)}`;
  return (byte_order_mark ? "\ufeff" : "") + table.templates[form].replace("$fields", () => given);
}

function replies(entry, form) {
  const body = text(entry, form);
  if (form !== "event") return [{ status: form === "error" ? 404 : 200, body: { text: body } }];
  const data = body
    .split("\n")
    .map((line) => `data: ${line}\n`)
    .join("");
  return [
    { match: { path_ends: "/stream-ticket" }, body: { data: { ticket: "tk" } } },
    { headers: { "content-type": "text/event-stream" }, body: { text: `event: message\n${data}\n` } },
  ];
}

/** Returns the object that the client returns, or its error. */
async function given(client, form) {
  try {
    if (form === "page") return (await client.agents.list()).data[0];
    if (form !== "event") return await client.agents.retrieve("cm1");
    for await (const event of client.conversations.messages.stream("cm1", "cm2")) return event;
  } catch (error) {
    return error;
  }
}

/** Returns the depth of nested arrays. */
function depth(value) {
  let found = 0;
  for (let inner = value; Array.isArray(inner); inner = inner[0]) found += 1;
  return found;
}

function check(entry, form, found) {
  const kinds = { error: "NotFoundError", event: "StreamDecodeError" };
  if (form === "error" || entry.rejected) {
    assert.ok(found instanceof bimpe[kinds[form] ?? "UnexpectedResponseError"], `${found}`);
    if (entry.rejected) return;
    assert.ok(found.message.includes("no such agent"), found.message);
  } else {
    assert.ok(!(found instanceof Error), `${found}`);
  }
  const fields = form === "error" ? found.body : found;
  if (entry.depth !== undefined) {
    assert.equal(depth(fields.x), entry.depth);
    return;
  }
  for (const [name, wanted] of Object.entries(entry.value)) assert.deepEqual(fields[name], wanted, name);
}

for (const form of Object.keys(table.templates)) {
  test(`reads JSON with the deviations of real servers: ${form}`, async () => {
    const wrong = [];
    for (const entry of table.cases) {
      const { baseUrl } = await server.scenario(replies(entry, form));
      const client = new bimpe.BimpeAI({ apiKey: "sk_test_key", baseUrl, maxRetries: 0 });
      try {
        check(entry, form, await given(client, form));
      } catch (error) {
        wrong.push(`${entry.name}: ${error.message}`);
      }
    }
    const figures = { "other outcomes": wrong.length };
    record(13, `JSON as real servers write it: ${form}`, table.cases.length, figures, { "other outcomes": 0 });
    assert.deepEqual(wrong, []);
  });
}
