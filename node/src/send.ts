import { randomUUID } from "node:crypto";
import type { NativeClient } from "./binding.js";
import type { CallSite } from "./call-site.js";
import { encode } from "./encode.js";
import { type BimpeAIError, type ErrorFacts, UserError } from "./errors.js";
import { exchange } from "./exchange.js";
import { type Hooks, reportEnd, retryListener } from "./hooks.js";
import { askKey, type KeyFunction } from "./key.js";
import type { Log } from "./log.js";
import { type CallOptions, kind, type RequestOptions, readCallOptions } from "./options.js";
import type { Outcome } from "./outcome.js";
import * as post from "./post.js";
import { asOurs, errorFrom } from "./raise.js";
import { routeOf } from "./route.js";

/** The ids of a path by parameter name, in the order of the path. */
export type Path = Readonly<Record<string, unknown>>;

/** The arguments of a call that are not part of its path. */
export interface Input {
  query?: unknown;
  body?: unknown;
  options?: RequestOptions | undefined;
}

/** One call as it was made, which the next pages of a list repeat. */
export interface Call {
  operation: string;
  path: Path;
  input: Input;
}

/** How a call is sent again: from where in a list, and until when. */
export interface Again {
  cursor?: string | undefined;
  cancel?: AbortSignal | undefined;
}

/** A call that has been checked. */
interface Checked {
  ids: string[];
  query: string | undefined;
  body: string | undefined;
  options: CallOptions;
  signals: AbortSignal[];
  /** What is known if it is aborted on the way. */
  facts: ErrorFacts;
}

/** Methods that the engine sends with an idempotency key. */
const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** What sends calls, and who watches. */
export interface Sender {
  client: NativeClient;
  hooks: Hooks;
  log: Log | undefined;
  /** Gives the key, if it is not the client's own. */
  key: KeyFunction | undefined;
}

/** Sends a call. All errors are ours and point at the caller, but for those that `onRequest` throws. */
export async function send(
  { client, hooks, log, key }: Sender,
  call: Call,
  site: CallSite,
  { cursor, cancel }: Again = {},
): Promise<Outcome> {
  const { ids, query, body, options, signals, facts } = site.guard(() => check(call, cancel));
  const operation = call.operation.includes(" ") ? "request" : call.operation;
  const watching = log === undefined ? [hooks] : [log, hooks];
  for (const { onRequest } of watching) {
    if (onRequest === undefined) continue;
    const headers = site.guard(() => headersOf(options));
    await onRequest({ operation, ...routeOf(call.operation), headers });
    options.headers = [...headers];
  }
  const started = performance.now();
  const report = (ended: Outcome | BimpeAIError) =>
    reportEnd(watching, operation, performance.now() - started, ended);
  try {
    if (key !== undefined) options.api_key = await askKey(key);
    const json = Object.keys(options).length > 0 ? JSON.stringify(options) : undefined;
    const onRetry = retryListener(watching, operation);
    const outcome = await exchange(call.operation, signals, facts, (handle) =>
      post.call((box, id) =>
        client.request(box, id, call.operation, ids, query, body, json, cursor, handle, onRetry),
      ),
    );
    if (outcome.error !== undefined) throw errorFrom(outcome.error);
    report(outcome);
    return outcome;
  } catch (thrown) {
    const error = site.stamp(asOurs(thrown));
    report(error);
    throw error;
  }
}

/** Checks a call, and writes what it sends. */
function check({ operation, path, input }: Call, cancel?: AbortSignal): Checked {
  const { signal, ...options } = readCallOptions(input.options);
  const ids = checkedIds(operation, path);
  const query = input.query === undefined ? undefined : encode(input.query, `${operation}: params`);
  const body = input.body === undefined ? undefined : encode(input.body, `${operation}: body`);
  const signals = [signal, cancel].filter((one) => one !== undefined);
  const { method } = signals.length > 0 ? routeOf(operation) : { method: "" };
  // The engine would make up a key as well, but an aborted call must be able to name it.
  if (WRITES.has(method)) options.idempotency_key ??= randomUUID();
  const facts = {
    may_have_been_applied: method !== "GET",
    idempotency_key: options.idempotency_key ?? null,
  };
  return { ids, query, body, options, signals, facts };
}

/** The ids of a path. The engine checks what an id may hold; text is all that can reach it. */
export function checkedIds(operation: string, path: Path): string[] {
  return Object.entries(path).map(([name, id]) => {
    if (typeof id !== "string") {
      throw new UserError(`${operation}: \`${name}\` must be a string, not ${kind(id)}`);
    }
    if (!id.isWellFormed()) throw new UserError(`${operation}: \`${name}\` holds half of a surrogate pair`);
    return id;
  });
}

function headersOf({ headers }: CallOptions): Headers {
  try {
    return new Headers(headers);
  } catch {
    // Its own message quotes the value.
    throw new UserError("`headers` holds a name or a value that cannot be sent");
  }
}
