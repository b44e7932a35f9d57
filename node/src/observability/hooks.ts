import type { BimpeAIError } from "../errors/classes.js";
import { errorFromFields } from "../errors/factory.js";
import type { RequestResult } from "../native/request-result.js";
import { now } from "../util/clock.js";
import { headersFrom } from "../util/headers.js";
import { parseJson } from "../util/json.js";
import { warn } from "../util/warn.js";
import type { RequestEvent, ResponseEvent, RetryEvent } from "./events.js";
import { quietly, type RequestObserver } from "./observer.js";

/**
 * Functions that are called for every request, including each page of a list. They are not called for streams.
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
  /** Called before a request is sent. An error that it throws becomes the error of the request. */
  onRequest?: ((event: RequestEvent) => void | Promise<void>) | undefined;
  /** Called when a request has ended. An error that it throws becomes a process warning. */
  onResponse?: ((event: ResponseEvent) => void | Promise<void>) | undefined;
  /** Called before the delay of a retry. An error that it throws becomes a process warning. */
  onRetry?: ((event: RetryEvent) => void | Promise<void>) | undefined;
}

function responseEvent(
  operation: string,
  elapsed: number,
  ended: RequestResult | BimpeAIError,
): ResponseEvent {
  if (ended instanceof Error) {
    const { status, headers, requestId, attempts } = ended;
    return { operation, status, headers, requestId, attempts, elapsed, error: ended };
  }
  const { status, headers, requestId, attempts, elapsed: measured } = ended.metadata;
  return {
    operation,
    status,
    headers: headersFrom(headers),
    requestId,
    attempts,
    elapsed: measured,
    error: null,
  };
}

/** The hooks of a client, in lists of each kind. Most clients have none. @internal */
export class HookSet {
  /** Whether the client has no hooks. */
  readonly isEmpty: boolean;
  readonly onRequest: readonly NonNullable<Hooks["onRequest"]>[];
  readonly #onResponse: readonly NonNullable<Hooks["onResponse"]>[];
  readonly #onRetry: readonly NonNullable<Hooks["onRetry"]>[];

  constructor(hooks: readonly Hooks[]) {
    this.onRequest = hooks.flatMap(({ onRequest }) => onRequest ?? []);
    this.#onResponse = hooks.flatMap(({ onResponse }) => onResponse ?? []);
    this.#onRetry = hooks.flatMap(({ onRetry }) => onRetry ?? []);
    this.isEmpty = [this.onRequest, this.#onResponse, this.#onRetry].every((list) => list.length === 0);
  }

  /** Returns the function that the engine calls with each retry as JSON text. It never throws. */
  retryListener(
    operation: string,
    observers: readonly RequestObserver[],
  ): ((text: string) => void) | undefined {
    if (this.#onRetry.length === 0 && observers.length === 0) return undefined;
    return (text) => {
      try {
        const { error, attempt, wait } = parseJson(text) as { error: object; attempt: number; wait: number };
        const event = { operation, attempt, wait, error: errorFromFields(error) };
        for (const onRetry of this.#onRetry) invoke("onRetry", onRetry, event);
        for (const observer of observers) quietly(() => observer.retried(event));
      } catch (error) {
        // An error in this callback would end the process.
        warn("the notification of a retry failed", error);
      }
    };
  }

  /** Reports the end of a request that started at this time of `now()`. It never throws. */
  ended(
    operation: string,
    started: number,
    ended: RequestResult | BimpeAIError,
    observers: readonly RequestObserver[],
  ): void {
    if (this.#onResponse.length === 0 && observers.length === 0) return;
    const event = responseEvent(operation, now() - started, ended);
    for (const observer of observers) quietly(() => observer.ended(event));
    for (const onResponse of this.#onResponse) invoke("onResponse", onResponse, event);
  }
}

/** Calls a hook that cannot change the result. Its errors become process warnings. */
export function invoke<E>(name: string, hook: (event: E) => void | Promise<void>, event: E): void {
  const report = (error: unknown) => warn(`${name} threw`, error);
  try {
    Promise.resolve(hook(event)).catch(report);
  } catch (error) {
    report(error);
  }
}
