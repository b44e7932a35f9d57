// Sends requests with timers that are not those of Node. Arguments: the kind of timers, and the URL of
// a server that responds with a delay. Prints the results. Only the package keeps the process alive.
import { mock } from "node:test";

const [kind, baseUrl] = process.argv.slice(2);

/** Timer ids of jsdom and browsers. */
function numbers() {
  let last = 0;
  for (const name of ["setTimeout", "setInterval", "setImmediate"]) globalThis[name] = () => ++last;
}

if (kind === "numbers before the import") numbers();
const { BimpeAI } = await import("bimpe");
if (kind === "numbers after the import") numbers();
if (kind === "none")
  for (const name of ["setTimeout", "setInterval", "setImmediate"]) delete globalThis[name];
if (kind === "mock.timers") mock.timers.enable();

const client = new BimpeAI({ apiKey: "sk_test", baseUrl });
console.log((await client.agents.update("a1", { name: "n" })).id);
console.log((await client.agents.update("a2", { name: "n" }, { signal: new AbortController().signal })).id);
console.log((await client.conversations.messages.stream("a1", "c1").next()).value.id);
client.close();
