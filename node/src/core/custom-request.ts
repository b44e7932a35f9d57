import { UserError } from "../errors/classes.js";
import {
  CALL_OPTIONS,
  isObject,
  kind,
  ownOf,
  type RequestOptions,
  unknownOption,
} from "../options/options.js";
import type { PaginationMeta } from "../types/index.js";
import type { ResponseInfo } from "./api-promise.js";

/** A request that no method stands for. */
export interface CustomRequest extends RequestOptions {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the prefix of the API and percent-encoded, as in `/agents`. */
  path: string;
  /** Parameters for the address; `undefined` is left out. */
  query?: Readonly<Record<string, unknown>> | undefined;
  /** What to send as JSON. */
  body?: unknown;
}

/** An answer with what is known about it. */
export interface ApiResponse<T> extends ResponseInfo {
  /** What the answer holds; `null` if nothing. */
  data: T;
  /** The server's page numbers, or `null` if it sent none. */
  meta: PaginationMeta | null;
}

const NAMES = ["method", "path", "query", "body"];

/** Names of other libraries for these. */
const FOREIGN: Readonly<Record<string, string>> = {
  url: "use `path`",
  params: "use `query`",
  searchParams: "use `query`",
  data: "use `body`",
  json: "use `body`",
};

/**
 * Tells the request, by the name that the engine knows it by, from its options.
 *
 * @internal
 */
export function readCustomRequest(request: unknown): {
  operation: string;
  query?: unknown;
  body?: unknown;
} & {
  options: RequestOptions;
} {
  if (!isObject(request)) throw new UserError(`request: takes one object, not ${kind(request)}`);
  const { method, path, query, body, ...options } = ownOf(request);
  if (typeof method !== "string")
    throw new UserError(`request: \`method\` must be a string, not ${kind(method)}`);
  if (typeof path !== "string") throw new UserError(`request: \`path\` must be a string, not ${kind(path)}`);
  const unknown = Object.keys(options).find((name) => !CALL_OPTIONS.includes(name));
  if (unknown !== undefined) {
    const advice = Object.hasOwn(FOREIGN, unknown) ? FOREIGN[unknown] : undefined;
    throw unknownOption("option", unknown, [...NAMES, ...CALL_OPTIONS], advice);
  }
  return { operation: `${method} ${path}`, query, body, options: options as RequestOptions };
}
