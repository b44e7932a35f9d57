// Shows what a rate limit tells, and takes it for no failure.
import { BimpeAI, RateLimitError } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "", maxRetries: 0 });
try {
  await api.agents.list();
} catch (problem) {
  if (!(problem instanceof RateLimitError)) throw problem;
  console.log(`wait ${problem.retryAfter} s: ${problem.remaining} of ${problem.limit} are left`);
}
