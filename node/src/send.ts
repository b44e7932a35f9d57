import { randomUUID } from "node:crypto";
import { abortable } from "./abortable.js";
import type { Answer } from "./api-promise.js";
import type { CancelHandle, NativeClient, NativeOutcome } from "./binding.js";
import type { CallSite } from "./call-site.js";
import { encode } from "./encode.js";
import { type ErrorFacts, UserError } from "./errors.js";
import type { Watchers } from "./hooks.js";
import { askKey, type KeyFunction } from "./key.js";
import type { Log } from "./log.js";
import { type CallOptions, kind, type RequestOptions, readCallOptions } from "./options.js";
import { Outcome } from "./outcome.js";
import { deliver } from "./post.js";
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
}

/** Methods that the engine sends with an idempotency key. */
const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** What sends calls, and who watches. */
export interface Sender {
  client: NativeClient;
  watchers: Watchers;
  log: Log | undefined;
  /** Gives the key, if it is not the client's own. */
  key: KeyFunction | undefined;
}

/** Sends a call. All errors are ours and point at the caller, but for those that `onRequest` throws. */
export async function send<T>(
  { client, watchers, key }: Sender,
  call: Call,
  site: CallSite,
  again?: Again,
): Promise<Answer<T>> {
  const { ids, query, body, options, signals } = site.guard(() => check(call, again?.cancel));
  const operation = call.operation.includes(" ") ? "request" : call.operation;
  for (const onRequest of watchers.onRequest) {
    const headers = site.guard(() => headersOf(options));
    await onRequest({ operation, ...routeOf(call.operation), headers });
    options.headers = [...headers];
  }
  const started = performance.now();
  try {
    if (key !== undefined) options.api_key = await askKey(key);
    const json = Object.keys(options).length > 0 ? JSON.stringify(options) : undefined;
    const onRetry = watchers.retryListener(operation);
    const begin = (handle?: CancelHandle) =>
      deliver<NativeOutcome>((box, id) =>
        client.request(box, id, call.operation, ids, query, body, json, again?.cursor, handle, onRetry),
      );
    const ended =
      signals.length === 0 ? begin() : abortable(call.operation, signals, facts(call, options), begin);
    const outcome = new Outcome(await ended);
    if (outcome.error !== undefined) throw errorFrom(outcome.error);
    const answer = { data: outcome.data() as T, outcome };
    watchers.ended(operation, started, outcome);
    return answer;
  } catch (thrown) {
    const error = site.stamp(asOurs(thrown));
    watchers.ended(operation, started, error);
    throw error;
  }
}

/** Checks a call, and writes what it sends. */
function check({ operation, path, input }: Call, cancel?: AbortSignal): Checked {
  const { signal, options } = readCallOptions(input.options);
  const ids = checkedIds(operation, path);
  const query = input.query === undefined ? undefined : encode(input.query, `${operation}: params`);
  const body = input.body === undefined ? undefined : encode(input.body, `${operation}: body`);
  const signals: AbortSignal[] = [];
  if (signal !== undefined) signals.push(signal);
  if (cancel !== undefined) signals.push(cancel);
  // The engine would make up a key as well, but an aborted call must be able to name it.
  if (signals.length > 0 && WRITES.has(routeOf(operation).method)) options.idempotency_key ??= randomUUID();
  return { ids, query, body, options, signals };
}

/** What is known of a call that is aborted on its way. */
function facts({ operation }: Call, options: CallOptions): ErrorFacts {
  return {
    may_have_been_applied: routeOf(operation).method !== "GET",
    idempotency_key: options.idempotency_key ?? null,
  };
}

/** The ids of a path. The engine checks what an id may hold; text is all that can reach it. */
export function checkedIds(operation: string, path: Path): string[] {
  const ids: string[] = [];
  for (const name of Object.keys(path)) {
    const id = path[name];
    if (typeof id !== "string") {
      throw new UserError(`${operation}: \`${name}\` must be a string, not ${kind(id)}`);
    }
    if (!id.isWellFormed()) throw new UserError(`${operation}: \`${name}\` holds half of a surrogate pair`);
    ids.push(id);
  }
  return ids;
}

function headersOf({ headers }: CallOptions): Headers {
  try {
    return new Headers(headers);
  } catch {
    // Its own message quotes the value.
    throw new UserError("`headers` holds a name or a value that cannot be sent");
  }
}
