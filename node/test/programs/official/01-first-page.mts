// Prints the newest agents of the team.
import { BimpeAI } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "" });
const newest = await api.agents.list({ limit: 50, sort: "-created_at" });
for (const { id, name } of newest.data) console.log(`${id} ${name}`);
console.log(`${newest.meta?.total_count} in all`);
