import { type ErrorFacts, UserError } from "../errors/classes.js";
import { routeOf } from "../native/operation-info.js";
import { type OwnOption, ownOptions } from "../options/helper-options.js";
import { type CallOptions, kind, ownOf, type RequestOptions, readCallOptions } from "../options/options.js";
import { newHeaders } from "../util/headers.js";
import { camel, methodOf } from "../util/names.js";
import { builtins } from "../util/node-builtins.js";
import { encode } from "./serialize.js";

/** The ids of a path by parameter name, in the order of the path. */
export type Path = Readonly<Record<string, unknown>>;

/** The arguments of a call that are not part of its path. */
export interface Input {
  query?: unknown;
  body?: unknown;
  options?: RequestOptions | undefined;
  /** The options of a helper: they stand among those of the call, and reach the engine as its query. */
  own?: Readonly<Record<string, OwnOption>>;
  /** Whether the idempotency key follows from the body, so that equal calls have the same one. */
  keyFromBody?: boolean;
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
export interface Checked {
  ids: string[];
  query: string | undefined;
  body: string | undefined;
  options: CallOptions;
  signals: AbortSignal[];
}

/** Methods that the engine sends with an idempotency key. */
const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** Checks a call, and writes what it sends. */
export function check({ operation, path, input }: Call, cancel?: AbortSignal): Checked {
  const made = ownOf(input);
  const { given, query: own } = ownOptions(operation, made);
  const { signal, options } = readCallOptions(given);
  const ids = checkedIds(operation, path);
  const asked = own ?? made.query;
  const query = asked === undefined ? undefined : encode(asked, methodOf(operation), "params");
  const body = made.body === undefined ? undefined : encode(made.body, methodOf(operation), "body");
  const signals: AbortSignal[] = [];
  if (signal !== undefined) signals.push(signal);
  if (cancel !== undefined) signals.push(cancel);
  // The engine would make up a key as well, but an aborted call must be able to name it.
  const needsKey = signals.length > 0 && made.keyFromBody !== true;
  if (needsKey && WRITES.has(routeOf(operation).method))
    options.idempotency_key ??= builtins.crypto.randomUUID();
  return { ids, query, body, options, signals };
}

/** What is known of a call that is aborted on its way. */
export function errorFacts({ operation, path }: Call, options: CallOptions): ErrorFacts {
  const { method, path: template } = routeOf(operation);
  return {
    method,
    path: operation.includes(" ") ? "(custom)" : template,
    params: shownIds(path),
    may_have_been_applied: method !== "GET",
    idempotency_key: options.idempotency_key ?? null,
  };
}

/** The ids of a path as errors show them: where an id belongs, a key may stand by mistake. */
function shownIds(path: Path): Record<string, string> {
  const shown = Object.entries(path).map(([name, id]) => [camel(name), mask(String(id))]);
  return Object.fromEntries(shown) as Record<string, string>;
}

function mask(id: string): string {
  return id.trimStart().startsWith("sk_") ? "****" : id;
}

/** The ids of a path. The engine checks what an id may hold; text is all that can reach it. */
export function checkedIds(operation: string, path: Path): string[] {
  const ids: string[] = [];
  for (const name of Object.keys(path)) {
    const id = path[name];
    if (typeof id !== "string") {
      throw new UserError(`${methodOf(operation)}: \`${camel(name)}\` must be a string, not ${kind(id)}`);
    }
    if (!id.isWellFormed())
      throw new UserError(`${methodOf(operation)}: \`${camel(name)}\` holds half of a surrogate pair`);
    ids.push(id);
  }
  return ids;
}

/** The headers of a call. */
export function headersOf({ headers }: CallOptions): Headers {
  try {
    const result = newHeaders();
    for (const [name, value] of headers ?? []) result.append(name, value);
    return result;
  } catch {
    // Its own message quotes the value.
    throw new UserError("`headers` holds a name or a value that cannot be sent");
  }
}
