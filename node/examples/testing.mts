// Test a program without account and network: inject an error, and check the requests.
//
// Usage: testing. Needs the `bimpe` command: `npm install --save-dev bimpe-cli`.

import assert from "node:assert/strict";
import type { BimpeAI } from "bimpe";
import { Sandbox } from "bimpe/testing";

/** The program under test. */
async function rename(client: BimpeAI, agentId: string, name: string): Promise<void> {
  await client.agents.update(agentId, { name });
}

const sandbox = await Sandbox.start();
await sandbox.fail("agents.update", { status: 503, times: 1 });
await rename(sandbox.client(), sandbox.agentId, "Support");
const [failed, succeeded] = await sandbox.requests("agents.update");
assert.deepEqual([failed?.status, succeeded?.status], [503, 200]);
assert.equal(failed?.headers["idempotency-key"], succeeded?.headers["idempotency-key"]);
console.log("retried with the same idempotency key:", succeeded?.body);
await sandbox.stop();
