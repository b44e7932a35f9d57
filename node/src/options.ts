import { UserError } from "./errors.js";
import { didYouMean } from "./suggest.js";

/** Headers as a plain object or as `Headers`. */
export type HeadersInput = Readonly<Record<string, string | undefined>> | Headers;

/** Options of one call; every method takes them as its last argument. */
export interface RequestOptions {
  /** Repeats of a write with the same key are carried out once. Made up for every write if it is not given. */
  idempotencyKey?: string | undefined;
  /** Aborts the call, also while it waits for its next attempt. */
  signal?: AbortSignal | undefined;
  /** The longest that the call may take in milliseconds, retries and body included. */
  timeout?: number | undefined;
  /** How often a failed request is sent again; at most 4. */
  maxRetries?: number | undefined;
  /** More headers. */
  headers?: HeadersInput | undefined;
}

/** The settings of a client. */
export interface ClientOptions {
  /** The API key. Without it, the environment variable `BIMPEAI_API_KEY` is read. */
  apiKey?: string | undefined;
  /** The address of the API. Without it, `BIMPEAI_BASE_URL` is read; without that, it is the public address. */
  baseUrl?: string | undefined;
  /** The longest that a call may take in milliseconds, retries and body included. 60 seconds by default. */
  timeout?: number | undefined;
  /** How often a failed request is sent again: 2 by default, and at most 4. */
  maxRetries?: number | undefined;
  /** Headers for every request. */
  defaultHeaders?: HeadersInput | undefined;
  /** The address of a proxy. Without it, `HTTPS_PROXY` and `NO_PROXY` are read. */
  proxy?: string | undefined;
  /** A PEM file with certificates to trust beside those of the system. */
  caFile?: string | undefined;
  /** Permits `http://` to other machines. The key then travels in clear. */
  allowInsecureHttp?: boolean | undefined;
}

/** The settings that `withOptions` can change. */
export type SharedClientOptions = Pick<ClientOptions, "timeout" | "maxRetries" | "defaultHeaders">;

type Check = (value: unknown, name: string) => unknown;

const CALL: Record<keyof RequestOptions, Check> = {
  idempotencyKey: text,
  signal: abortSignal,
  timeout: milliseconds,
  maxRetries: count,
  headers: headerPairs,
};

const SHARED: Record<keyof SharedClientOptions, Check> = {
  timeout: milliseconds,
  maxRetries: count,
  defaultHeaders: headerPairs,
};

const CLIENT: Record<keyof ClientOptions, Check> = {
  ...SHARED,
  apiKey: text,
  baseUrl: text,
  proxy: text,
  caFile: text,
  allowInsecureHttp: flag,
};

/** The engine's names, as far as they differ. */
const ENGINE_NAMES: Record<string, string> = {
  apiKey: "api_key",
  baseUrl: "base_url",
  caFile: "ca_file",
  maxRetries: "max_retries",
  allowInsecureHttp: "allow_insecure_http",
  idempotencyKey: "idempotency_key",
};

/** The options of a call: the signal, and the rest as JSON text for the engine. */
export function readCallOptions(options: unknown): {
  signal?: AbortSignal;
  json?: string;
} {
  if (options === undefined) return {};
  const { signal, ...rest } = read(options, CALL, "option");
  const json = Object.keys(rest).length > 0 ? JSON.stringify(rest) : undefined;
  return {
    ...(signal ? { signal: signal as AbortSignal } : {}),
    ...(json ? { json } : {}),
  };
}

/** What `withOptions` changes, as JSON text for the engine. */
export function readSharedOptions(options: unknown): string {
  const { defaultHeaders, ...rest } = read(options, SHARED, "option");
  return JSON.stringify({ ...rest, headers: defaultHeaders });
}

/** The settings of a client, by the names of the engine. */
export function readClientOptions(options: unknown): Record<string, unknown> {
  if (isObject(options) && Object.hasOwn(options, "fetch") && options.fetch !== undefined) {
    throw new UserError(
      "`fetch` cannot be replaced, because requests are sent by native code: " +
        "use `proxy`, `caFile`, `timeout` or `defaultHeaders`, or point `baseUrl` at a server of yours",
    );
  }
  const { defaultHeaders, ...rest } = read(options, CLIENT, "client option");
  return {
    ...rest,
    ...(defaultHeaders ? { default_headers: defaultHeaders } : {}),
  };
}

/** Reads own properties that are known, so that neither a typo nor a polluted prototype goes through. */
function read(options: unknown, checks: Record<string, Check>, what: string): Record<string, unknown> {
  if (!isObject(options)) throw new UserError(`the ${what}s must be an object, not ${kind(options)}`);
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      throw new UserError(`there is no ${what} \`${name}\`${didYouMean(name, Object.keys(checks))}`);
    }
    const value = options[name];
    if (value !== undefined) result[ENGINE_NAMES[name] ?? name] = check(value, name);
  }
  return result;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw wrong(name, "a string", value);
  return value;
}

function flag(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw wrong(name, "true or false", value);
  return value;
}

function count(value: unknown, name: string): number {
  if (!Number.isInteger(value) || (value as number) < 0) throw wrong(name, "a whole number from 0", value);
  return value as number;
}

function milliseconds(value: unknown, name: string): number {
  if (typeof value !== "number" || !(value > 0) || value > Number.MAX_SAFE_INTEGER) {
    throw wrong(name, "a number of milliseconds above 0", value);
  }
  return Math.ceil(value);
}

function abortSignal(value: unknown, name: string): AbortSignal {
  // By its looks: test runners and polyfills bring classes of their own.
  if (isObject(value) && typeof value.aborted === "boolean" && typeof value.addEventListener === "function") {
    return value as unknown as AbortSignal;
  }
  throw wrong(name, "an AbortSignal", value);
}

function headerPairs(value: unknown, name: string): [string, string][] {
  if (!isObject(value)) throw wrong(name, "an object of strings or Headers", value);
  const entries: [string, unknown][] = value instanceof Headers ? [...value] : Object.entries(value);
  return entries
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, text(item, `${name}["${key}"]`)]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Never the value: it may be a key. Numbers are safe, and help. */
function wrong(name: string, wanted: string, value: unknown): UserError {
  return new UserError(
    `\`${name}\` must be ${wanted}, not ${typeof value === "number" ? value : kind(value)}`,
  );
}

/** What kind of value this is, in words. */
export function kind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
