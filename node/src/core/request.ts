import { type ErrorFields, UserError } from "../errors/classes.js";
import { operationInfo } from "../native/operation-info.js";
import type { RequestObserver } from "../observability/observer.js";
import { type HelperOption, splitHelperOptions } from "../options/helper-options.js";
import { type EngineOptions, type RequestOptions, readRequestOptions } from "../options/options.js";
import { newHeaders } from "../util/headers.js";
import { camelCase, methodName } from "../util/names.js";
import { builtins } from "../util/node-builtins.js";
import { ownProperties, typeName } from "../util/values.js";
import { serialize } from "./serialize.js";

/** The ids of a path by parameter name, in path order. */
export type Path = Readonly<Record<string, unknown>>;

/** The arguments of a request, except for its path. */
export interface Input {
  query?: unknown;
  body?: unknown;
  options?: RequestOptions | undefined;
  /** The options of a helper. Callers pass them with the request options, and the engine takes them as query. */
  own?: Readonly<Record<string, HelperOption>>;
  /** Whether the engine derives the idempotency key from the body, so that equal requests share it. */
  keyFromBody?: boolean;
}

/** A request with its arguments. The next pages of a list use it again. */
export interface RequestSpec {
  operation: string;
  path: Path;
  input: Input;
}

/** The position of a page in a list, and a signal that cancels its request. */
export interface PageRequest {
  cursor?: string | undefined;
  cancel?: AbortSignal | undefined;
}

/** A request whose arguments are valid. */
export interface PreparedRequest {
  ids: string[];
  query: string | undefined;
  body: string | undefined;
  options: EngineOptions;
  signals: AbortSignal[];
  /** The observers of this request, if there are any. */
  observers?: readonly RequestObserver[];
}

/** Methods that the engine sends with an idempotency key. */
const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** Validates and serializes a request. */
export function prepare({ operation, path, input }: RequestSpec, cancel?: AbortSignal): PreparedRequest {
  const own = ownProperties(input);
  const { requestOptions, query: helperQuery } = splitHelperOptions(operation, own.options, own.own);
  const { signal, options } = readRequestOptions(requestOptions);
  const ids = readIds(operation, path);
  const params = helperQuery ?? own.query;
  const query = params === undefined ? undefined : serialize(params, methodName(operation), "params");
  const body = own.body === undefined ? undefined : serialize(own.body, methodName(operation), "body");
  const signals: AbortSignal[] = [];
  if (signal !== undefined) signals.push(signal);
  if (cancel !== undefined) signals.push(cancel);
  // The engine would generate a key as well, but the error of an aborted request must have it.
  const needsKey = signals.length > 0 && own.keyFromBody !== true;
  if (needsKey && WRITES.has(operationInfo(operation).method))
    options.idempotency_key ??= builtins.crypto.randomUUID();
  return { ids, query, body, options, signals };
}

/** Returns the error fields of a request that was sent and has no response. */
export function errorFieldsOf({ operation, path }: RequestSpec, options: EngineOptions): ErrorFields {
  const { method, path: template } = operationInfo(operation);
  return {
    method,
    path: operation.includes(" ") ? "(custom)" : template,
    params: maskedIds(path),
    may_have_been_applied: method !== "GET",
    idempotency_key: options.idempotency_key ?? null,
  };
}

/** Returns the ids of a path for errors. A value with the prefix of an API key is masked. */
function maskedIds(path: Path): Record<string, string> {
  const masked = Object.entries(path).map(([name, id]) => [camelCase(name), mask(String(id))]);
  return Object.fromEntries(masked) as Record<string, string>;
}

function mask(id: string): string {
  return id.trimStart().startsWith("sk_") ? "****" : id;
}

/** Returns the ids of a path. The engine validates their characters, but takes only well-formed text. */
export function readIds(operation: string, path: Path): string[] {
  const ids: string[] = [];
  for (const name of Object.keys(path)) {
    const id = path[name];
    if (typeof id !== "string") {
      throw new UserError(
        `${methodName(operation)}: \`${camelCase(name)}\` must be a string, not ${typeName(id)}`,
      );
    }
    if (!id.isWellFormed()) {
      throw new UserError(`${methodName(operation)}: \`${camelCase(name)}\` contains an unpaired surrogate`);
    }
    ids.push(id);
  }
  return ids;
}

/** Returns the headers of a request for hooks. */
export function headersOf({ headers }: EngineOptions): Headers {
  try {
    const result = newHeaders();
    for (const [name, value] of headers ?? []) result.append(name, value);
    return result;
  } catch {
    // The original message quotes the value, which may be a secret.
    throw new UserError("`headers` holds an invalid name or value");
  }
}
