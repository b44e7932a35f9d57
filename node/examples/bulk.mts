// Import knowledge into an agent, several requests at a time. A second run continues where the first stopped.
//
// Usage: bulk AGENT_ID FILE. FILE has lines with {"name": "Hours", "content": "Open from 8 to 20."}.
// Reads BIMPEAI_API_KEY and BIMPEAI_BASE_URL.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { BimpeAI, BimpeAIError } from "bimpe";

const CONCURRENCY = 8;
const [agentId = "", file = ""] = process.argv.slice(2);
// Long runs meet rate limits. The client waits for them within the timeout.
const bimpe = new BimpeAI({ timeout: 300_000, maxRetries: 10 });

const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
const counts = { imported: 0, failed: 0 };

async function importLine(line: string): Promise<void> {
  const { name, content } = JSON.parse(line) as { name: string; content: string };
  // The same line has the same key in each run, so the server applies it once.
  const idempotencyKey = createHash("sha256").update(`${agentId} ${line}`).digest("hex");
  try {
    await bimpe.agents.knowledgeBases.create(agentId, { type: "text", name, content }, { idempotencyKey });
    counts.imported++;
  } catch (error) {
    if (!(error instanceof BimpeAIError)) throw error;
    counts.failed++;
    console.error(`${name}: ${error}`);
  }
}

// The workers share one iterator, so each line goes to one worker.
const queue = lines.values();
async function work(): Promise<void> {
  for (const line of queue) await importLine(line);
}
await Promise.all(Array.from({ length: CONCURRENCY }, work));

const total = await bimpe.agents.knowledgeBases.list(agentId);
console.log(`${counts.imported} imported, ${counts.failed} failed, ${total.length} in the agent`);
process.exitCode = counts.failed === 0 ? 0 : 1;
