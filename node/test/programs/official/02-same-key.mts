// Creates one agent, also when it runs again, because the server knows the idempotency key.
import { BimpeAI } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "" });
const workflow = process.env.BIMPEAI_WORKFLOW_ID;
if (!workflow) throw new Error("BIMPEAI_WORKFLOW_ID names no workflow");
const made = await api.agents.create(
  { workflow_id: workflow, name: "Front desk", description: "Welcomes callers" },
  { idempotencyKey: "front-desk-1" },
);
console.log(made.id);
