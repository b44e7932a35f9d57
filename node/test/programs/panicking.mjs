// Makes the engine panic in each kind of request and continues. The native module of this process panics at the
// place that the header `x-panic` names. Arguments: the URL of a server that responds, and the place. Prints a line
// per entry: its name, the name of the error, and all text of the error.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { BimpeAI } from "bimpe";

const [baseUrl, place] = process.argv.slice(2);
const headers = { "x-panic": place };
const client = new BimpeAI({ apiKey: "sk_canary", baseUrl });
// Streams have only the headers of the client. This client shares the connections of the other.
const { messages } = client.withOptions({ headers }).conversations;
const message = { message: "canary-1", conversation_id: "canary-2" };
const stream = messages.stream("canary-1", "canary-2");
// Errors of a merged stream name the stream.
const streams = messages.streamMany("canary-1", ["b", "c"]);

const entries = {
  call: () => client.agents.retrieve("canary-1", { headers }),
  write: () => client.agents.update("canary-1", { name: "canary-2" }, { headers }),
  signal: () => client.agents.retrieve("canary-1", { headers, signal: AbortSignal.timeout(20_000) }),
  page: () => client.agents.list({}, { headers }),
  walk: () => client.agents.list({}, { headers })[Symbol.asyncIterator]().next(),
  request: () => client.request({ method: "GET", path: "/canary-1", headers }),
  helper: () => client.conversations.ask("canary-1", message, { headers }),
  stream: () => stream.next(),
  streams: () => streams.next(),
};
for (const [entry, begin] of Object.entries(entries)) {
  try {
    throw new Error(`${entry}: no panic, but ${inspect(await begin())}`);
  } catch (error) {
    console.log(JSON.stringify({ entry, name: error.name, message: error.message, all: inspect(error) }));
  }
  await client.agents.retrieve("a");
}
// These requests do not panic.
for (const failed of [stream, streams]) await assert.rejects(failed.next(), { name: "InternalError" });
