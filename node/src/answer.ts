import type { ResponseInfo } from "./api-promise.js";
import type { Outcome } from "./binding.js";

/** The value that an answer holds. */
export function dataOf(outcome: Outcome): unknown {
  return JSON.parse(outcome.data.toString("utf8"));
}

/** What an outcome tells about the answer. */
export function responseOf(outcome: Outcome): ResponseInfo {
  return {
    status: outcome.status,
    headers: new Headers(JSON.parse(outcome.headers) as Record<string, string>),
    requestId: outcome.requestId ?? null,
    attempts: outcome.attempts,
    elapsed: outcome.elapsed,
    idempotencyKey: outcome.idempotencyKey ?? null,
  };
}
