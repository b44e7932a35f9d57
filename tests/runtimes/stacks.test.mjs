// Stacks of errors begin at the line of the caller, in every runtime.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { bimpe } from "../bimpe.mjs";

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(404, { "content-type": "application/json" }).end('{"message": "gone"}');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
server.unref();
const baseUrl = `http://127.0.0.1:${server.address().port}`;
const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl });

const calls = {
  "a request": async function caller() {
    await client.agents.retrieve("a1");
  },
  "invalid input": async function caller() {
    await client.agents.retrieve(1);
  },
  "a list": async function caller() {
    for await (const agent of client.agents.list()) console.log(agent);
  },
  "an event of a stream": async function caller() {
    await client.conversations.messages.stream("a1", "c1").next();
  },
  "the creation of a stream": async function caller() {
    client.conversations.messages.stream("a1", "..");
  },
};

for (const [name, call] of Object.entries(calls)) {
  test(`the stack of ${name} begins at its caller`, async () => {
    const error = await call().then(assert.fail, (error) => error);
    const [first] = error.stack.split("\n").filter((line) => line.startsWith("    at "));
    assert.match(first, /caller \(.*stacks\.test\.mjs:\d+:\d+\)/, error.stack);
  });
}
