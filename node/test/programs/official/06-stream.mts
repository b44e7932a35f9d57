// Prints the messages of a conversation as they arrive, until Ctrl-C.
import { BimpeAI } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "" });
const [agent, conversation] = process.argv.slice(2);
if (!agent || !conversation) throw new Error("usage: AGENT CONVERSATION");
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
console.log("listening");
for await (const event of api.conversations.messages.stream(agent, conversation, { signal: stop.signal })) {
  console.log(`${event.role}: ${event.message ?? ""}`);
}
