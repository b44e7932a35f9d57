// Counts the WhatsApp conversations of an agent, page by page.
import { BimpeAI } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "" });
const [, , agent] = process.argv;
if (!agent) throw new Error("which agent?");
let number = 0;
for await (const { id } of api.conversations.list(agent, { channel: "whatsapp", limit: 100 })) {
  number += 1;
  if (number % 100 === 0) console.log(number, id);
}
console.log(`${number} conversations`);
