// Handle errors and retries of a write: create an agent exactly once.
//
// Usage: errors WORKFLOW_ID NAME. Reads BIMPEAI_API_KEY and BIMPEAI_BASE_URL. Prints the id of the agent.

import {
  type Agent,
  BimpeAI,
  BimpeAIError,
  ConnectionTimeoutError,
  type CreateAgent,
  RateLimitError,
  ValidationError,
} from "bimpe";

const [workflowId = "", name = ""] = process.argv.slice(2);
const bimpe = new BimpeAI({
  timeout: 20_000, // of a request, including its retries
  maxRetries: 2,
  onRetry: ({ operation, attempt, wait, error }) =>
    console.error(
      `${operation}: attempt ${attempt} failed with ${error.name}, retry in ${Math.round(wait)} ms`,
    ),
});

/** Creates an agent. If the first request may have been applied, a second one with its key cannot create another. */
async function createOnce(agent: CreateAgent): Promise<Agent> {
  try {
    return await bimpe.agents.create(agent);
  } catch (error) {
    if (!(error instanceof BimpeAIError && error.mayHaveBeenApplied && error.idempotencyKey)) throw error;
    console.error(`unknown result, repeats the request: ${error.message}`);
    return bimpe.agents.create(agent, { idempotencyKey: error.idempotencyKey, timeout: 60_000 });
  }
}

try {
  const agent = await createOnce({ workflow_id: workflowId, name, description: "Takes orders" });
  console.log(agent.id);
} catch (error) {
  // Specific classes come before the base class.
  if (error instanceof ValidationError) {
    for (const { path, message } of error.fieldErrors) console.error(`${path}: ${message}`);
  } else if (error instanceof RateLimitError) {
    console.error(`try again in ${error.retryAfter} seconds`);
  } else if (error instanceof ConnectionTimeoutError) {
    console.error("the API did not respond in time");
  } else if (error instanceof BimpeAIError) {
    console.error(`${error.code ?? error.name}, request ${error.requestId}: ${error.message}`);
  } else {
    throw error;
  }
  process.exitCode = 1;
}
