// Sends requests while the system refuses new threads. A name lookup needs a thread. Arguments: the URL of a
// server that responds, by IP address and by name. Prints the errors of the requests, one per line.
import { spawnSync } from "node:child_process";
import { BimpeAI } from "bimpe";

const [byNumber, byName] = process.argv.slice(2);
const client = new BimpeAI({ apiKey: "sk_canary", baseUrl: byNumber });
const other = new BimpeAI({ apiKey: "sk_canary", baseUrl: byName, maxRetries: 0 });
await client.agents.retrieve("a");

const limited = spawnSync("prlimit", [`--pid=${process.pid}`, "--nproc=0:"]);
if (limited.status !== 0) process.exit(77);
if (process.getuid() === 0) {
  // The limit does not apply to root.
  process.setgid(65534);
  process.setuid(65534);
}
for (const call of [
  () => other.agents.retrieve("cm-1"),
  () => other.agents.update("cm-2", { name: "cm-3" }),
  () => other.agents.retrieve("cm-4", { signal: AbortSignal.timeout(20_000) }),
  () => other.conversations.messages.stream("cm-5", "cm-6").next(),
]) {
  try {
    console.log("no error, but", await call());
  } catch (error) {
    console.log(`${error.name} ${error.message}`);
  }
}
await client.agents.retrieve("b");
