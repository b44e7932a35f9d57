// Prints the messages of a conversation as they come, until Ctrl-C.
import { BimpeAI } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "" });
const [agent, conversation] = process.argv.slice(2);
if (!agent || !conversation) throw new Error("usage: AGENT CONVERSATION");
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
console.log("listening");
for await (const said of api.conversations.messages.stream(agent, conversation, { signal: stop.signal })) {
  console.log(`${said.role}: ${said.message ?? ""}`);
}
