import type { BimpeAIError } from "../errors/classes.js";
import { errorOf } from "../errors/factory.js";
import type { Outcome } from "../native/call-result.js";
import { headersFrom } from "../util/headers.js";
import { parse } from "../util/json.js";
import { now } from "../util/time.js";
import { warn } from "../util/warn.js";

/** A call that is about to be sent. */
export interface RequestEvent {
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** The HTTP method. */
  method: string;
  /** The path, with the names of ids in braces. */
  path: string;
  /** The headers of this call. What is added here is sent; the key is not among them. */
  headers: Headers;
}

/** A call that has ended, well or not. */
export interface ResponseEvent {
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** The HTTP status, or `null` if no answer came. */
  status: number | null;
  /** The headers of the answer, or `null` if none came. */
  headers: Headers | null;
  /** The id of the call in the server's logs. */
  requestId: string | null;
  /** How many times the request was sent, or tried. */
  attempts: number;
  /** How long the call took, waits between attempts included, in milliseconds. */
  elapsed: number;
  /** What the caller is about to get, or `null` if the call succeeded. */
  error: BimpeAIError | null;
}

/** An attempt that failed, and will be repeated. */
export interface RetryEvent {
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** The attempt that failed, from 1. */
  attempt: number;
  /** How long the call waits before the next, in milliseconds. */
  wait: number;
  /** Why it failed. */
  error: BimpeAIError;
}

/**
 * Functions that are told of every call and every page of a list. Streams are not reported.
 *
 * @example
 * ```ts
 * const client = new BimpeAI({
 *   onRequest: ({ headers }) => headers.set("x-trace", crypto.randomUUID()),
 *   onRetry: ({ operation, attempt, wait }) => console.log(`${operation}: attempt ${attempt} failed, ${wait} ms`),
 *   onResponse: ({ operation, status, elapsed }) => console.log(operation, status, elapsed),
 * });
 * console.log((await client.agents.list()).data.length);
 * ```
 */
export interface Hooks {
  /** Called before a call is sent; if it throws, the call fails with what it threw. */
  onRequest?: ((event: RequestEvent) => void | Promise<void>) | undefined;
  /** Called when a call has ended. What it throws becomes a warning of the process. */
  onResponse?: ((event: ResponseEvent) => void | Promise<void>) | undefined;
  /** Called while a call waits for its next attempt. What it throws becomes a warning of the process. */
  onRetry?: ((event: RetryEvent) => void | Promise<void>) | undefined;
}

/** What a call ended with. */
function responseEvent(operation: string, elapsed: number, ended: Outcome | BimpeAIError): ResponseEvent {
  if (ended instanceof Error) {
    const { status, headers, requestId, attempts } = ended;
    return { operation, status, headers, requestId, attempts, elapsed, error: ended };
  }
  const { status, headers, requestId, attempts, elapsed: taken } = ended.facts;
  return {
    operation,
    status,
    headers: headersFrom(headers),
    requestId,
    attempts,
    elapsed: taken,
    error: null,
  };
}

/**
 * All that are told of a client's calls. Each list is made once: most clients have nobody to tell.
 *
 * @internal
 */
export class Watchers {
  /** Whether nobody is told of anything. */
  readonly areNone: boolean;
  readonly onRequest: readonly NonNullable<Hooks["onRequest"]>[];
  readonly #onResponse: readonly NonNullable<Hooks["onResponse"]>[];
  readonly #onRetry: readonly NonNullable<Hooks["onRetry"]>[];

  constructor(watching: readonly Hooks[]) {
    this.onRequest = watching.flatMap(({ onRequest }) => onRequest ?? []);
    this.#onResponse = watching.flatMap(({ onResponse }) => onResponse ?? []);
    this.#onRetry = watching.flatMap(({ onRetry }) => onRetry ?? []);
    this.areNone = [this.onRequest, this.#onResponse, this.#onRetry].every((hooks) => hooks.length === 0);
  }

  /** A function for the engine, which tells of retries as JSON text. It never throws. */
  retryListener(operation: string): ((text: string) => void) | undefined {
    if (this.#onRetry.length === 0) return undefined;
    return (text) => {
      try {
        const { error, attempt, wait } = parse(text) as { error: object; attempt: number; wait: number };
        const event = { operation, attempt, wait, error: errorOf(error) };
        for (const onRetry of this.#onRetry) tell("onRetry", onRetry, event);
      } catch (fault) {
        // It would end the process.
        warn("a retry could not be reported", fault);
      }
    };
  }

  /** Tells how a call has ended that was sent at this time of `now()`. It never throws. */
  ended(operation: string, started: number, ended: Outcome | BimpeAIError): void {
    if (this.#onResponse.length === 0) return;
    const event = responseEvent(operation, now() - started, ended);
    for (const onResponse of this.#onResponse) tell("onResponse", onResponse, event);
  }
}

/**
 * Calls a hook that can no longer change anything, so that a fault of its own is only a warning.
 *
 * @internal
 */
export function tell<E>(name: string, hook: (event: E) => void | Promise<void>, event: E): void {
  const report = (fault: unknown) => warn(`${name} threw`, fault);
  try {
    Promise.resolve(hook(event)).catch(report);
  } catch (fault) {
    report(fault);
  }
}
