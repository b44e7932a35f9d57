import { UserError } from "../errors/classes.js";
import { REQUEST_OPTIONS, type RequestOptions, unknownOption } from "../options/options.js";
import type { PaginationMeta } from "../types/index.js";
import { isObject, ownProperties, typeName } from "../util/values.js";
import type { ResponseInfo } from "./api-promise.js";

/** A request to an endpoint without a typed method. */
export interface CustomRequest extends RequestOptions {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The percent-encoded path below the API's prefix, as in `/agents`. */
  path: string;
  /** Query parameters. `undefined` is left out. */
  query?: Readonly<Record<string, unknown>> | undefined;
  /** The JSON body. */
  body?: unknown;
}

/** The result of a custom request, and metadata of its response. */
export interface ApiResponse<T> extends ResponseInfo {
  /** The data of the response, or `null` if it has none. */
  data: T;
  /** The pagination metadata of the server, or `null`. */
  meta: PaginationMeta | null;
}

const NAMES = ["method", "path", "query", "body"];

/** Hints for the names of other libraries. */
const FOREIGN: Readonly<Record<string, string>> = {
  url: "use `path`",
  params: "use `query`",
  searchParams: "use `query`",
  data: "use `body`",
  json: "use `body`",
};

/** Separates a custom request from its options. `operation` has the form `GET /agents`, as the engine takes it. */
export function readCustomRequest(request: unknown): {
  operation: string;
  query?: unknown;
  body?: unknown;
} & {
  options: RequestOptions;
} {
  if (!isObject(request)) throw new UserError(`request: takes one object, not ${typeName(request)}`);
  const { method, path, query, body, ...options } = ownProperties(request);
  if (typeof method !== "string")
    throw new UserError(`request: \`method\` must be a string, not ${typeName(method)}`);
  if (typeof path !== "string")
    throw new UserError(`request: \`path\` must be a string, not ${typeName(path)}`);
  const unknown = Object.keys(options).find((name) => !REQUEST_OPTIONS.includes(name));
  if (unknown !== undefined) {
    const advice = Object.hasOwn(FOREIGN, unknown) ? FOREIGN[unknown] : undefined;
    throw unknownOption("option", unknown, [...NAMES, ...REQUEST_OPTIONS], advice);
  }
  return { operation: `${method} ${path}`, query, body, options: options as RequestOptions };
}
