// Prints the rate limit of a 429 response, and exits with 0.
import { BimpeAI, RateLimitError } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "", maxRetries: 0 });
try {
  await api.agents.list();
} catch (error) {
  if (!(error instanceof RateLimitError)) throw error;
  console.log(`wait ${error.retryAfter} s: ${error.remaining} of ${error.limit} are left`);
}
