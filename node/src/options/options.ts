import { UserError } from "../errors/classes.js";
import { HookSet, type Hooks } from "../observability/hooks.js";
import { Log, type LogOptions } from "../observability/log.js";
import { isDate, isObject, typeName } from "../util/values.js";
import type { KeyFunction } from "./api-key.js";
import { didYouMean } from "./did-you-mean.js";
import { adviceFor } from "./foreign-options.js";
import { type HeadersInput, headerPairs, type Pairs } from "./header-input.js";

/** Options of one request. Every method takes them as its last argument. */
export interface RequestOptions {
  /** Idempotency key of a write. The server applies repeats with the same key once. Generated automatically if omitted. */
  idempotencyKey?: string | undefined;
  /** Aborts the request, also while it waits for a retry. */
  signal?: AbortSignal | undefined;
  /** Timeout in milliseconds, including retries and the body. */
  timeout?: number | undefined;
  /** Maximum number of retries, at most 10. */
  maxRetries?: number | undefined;
  /** Additional headers. */
  headers?: HeadersInput | undefined;
}

/** Options of a stream. */
export interface StreamOptions {
  /**
   * Resume after this event id or time. A time is a `Date`, or ISO 8601 with its zone; a date means its start in UTC.
   * Only new events if omitted.
   */
  after?: string | Date | undefined;
  /** Whether to reconnect when the connection ends. Defaults to true. */
  reconnect?: boolean | undefined;
  /** Maximum consecutive reconnects without receiving an event. Unlimited by default. */
  maxRetries?: number | undefined;
  /**
   * Reconnect after this time without data, in milliseconds. Defaults to 60 seconds. 0 waits forever.
   */
  timeout?: number | undefined;
  /** Ends the stream without an error. */
  signal?: AbortSignal | undefined;
}

/** Options of a merged stream. */
export interface MergedStreamOptions extends Omit<StreamOptions, "after"> {
  /** Where to resume: one value for all streams, or an object of values by id, as in `lastIds`. */
  after?: string | Date | Readonly<Record<string, string | Date | null | undefined>> | undefined;
}

/** Options of a client. */
export interface ClientOptions extends Hooks, LogOptions {
  /**
   * The API key, or a function that returns it. The function is called before each request, and when a stream's key is
   * refused. Defaults to the environment variable `BIMPEAI_API_KEY`.
   */
  apiKey?: string | KeyFunction | undefined;
  /** Base URL of the API. Defaults to the environment variable `BIMPEAI_BASE_URL`, then to the public API. */
  baseUrl?: string | undefined;
  /** Timeout of a request in milliseconds, including retries and the body. Defaults to 60 seconds. */
  timeout?: number | undefined;
  /** Maximum number of retries, at most 10. Defaults to 2. */
  maxRetries?: number | undefined;
  /** Headers of every request. */
  defaultHeaders?: HeadersInput | undefined;
  /**
   * URL of the proxy for all hosts except this machine, such as `http://host:3128` or `socks5h://host:1080`. Defaults to
   * the environment variables `HTTPS_PROXY` (or `ALL_PROXY`) and `NO_PROXY`.
   */
  proxy?: string | undefined;
  /**
   * Path of a PEM file with additional trusted certificates. Defaults to the environment variable `NODE_EXTRA_CA_CERTS`.
   * `SSL_CERT_FILE` replaces the certificates of the system.
   */
  caFile?: string | undefined;
  /** Allows `http://` to other machines, which sends the API key without encryption. */
  allowInsecureHttp?: boolean | undefined;
}

/** Options that `withOptions` can change. */
export interface SharedClientOptions
  extends Pick<ClientOptions, "timeout" | "maxRetries" | "defaultHeaders"> {
  /** An alias of `defaultHeaders`. */
  headers?: HeadersInput | undefined;
}

type Check = (value: unknown, name: string) => unknown;

const REQUEST: Record<keyof RequestOptions, Check> = {
  idempotencyKey: text,
  signal: abortSignal,
  timeout: milliseconds,
  maxRetries: count,
  headers: headerPairs,
};

/**
 * The names of the request options.
 *
 * @internal
 */
export const REQUEST_OPTIONS: readonly string[] = Object.keys(REQUEST);

const SHARED = {
  timeout: milliseconds,
  maxRetries: count,
  defaultHeaders: headerPairs,
} satisfies Record<string, Check>;

const DERIVED: Record<keyof SharedClientOptions, Check> = { ...SHARED, headers: headerPairs };

const STREAM: Record<keyof StreamOptions, Check> = {
  after: eventIdOrTime,
  reconnect: flag,
  maxRetries: count,
  timeout: (value, name) => (value === 0 ? 0 : milliseconds(value, name)),
  signal: abortSignal,
};

const CLIENT: Record<keyof ClientOptions, Check> = {
  ...SHARED,
  onRequest: hook,
  onResponse: hook,
  onRetry: hook,
  logger: loggerLike,
  logLevel: level,
  apiKey: (value, name) => (typeof value === "function" ? value : text(value, name)),
  baseUrl: text,
  proxy: text,
  caFile: text,
  allowInsecureHttp: flag,
};

/** The engine's names of options, where they differ. */
const ENGINE_NAMES: Record<string, string> = {
  apiKey: "api_key",
  baseUrl: "base_url",
  caFile: "ca_file",
  maxRetries: "max_retries",
  allowInsecureHttp: "allow_insecure_http",
  idempotencyKey: "idempotency_key",
};

/**
 * The request options that the engine takes.
 *
 * @internal
 */
export interface EngineOptions {
  timeout?: number;
  max_retries?: number;
  idempotency_key?: string;
  headers?: Pairs;
  /** The API key, if the client has none. */
  api_key?: string;
}

/**
 * Validates request options.
 *
 * @internal
 */
export function readRequestOptions(options: unknown): {
  signal: AbortSignal | undefined;
  options: EngineOptions;
} {
  if (options === undefined) return { signal: undefined, options: Object.create(null) as EngineOptions };
  const checked = read(options, REQUEST, "option") as EngineOptions & { signal?: AbortSignal };
  const { signal } = checked;
  delete checked.signal;
  return { signal, options: checked };
}

/**
 * Validates stream options. Returns the signal, and the other options as JSON text for the engine.
 *
 * @internal
 */
export function readStreamOptions(options: unknown = {}): {
  signal: AbortSignal | undefined;
  json: string;
} {
  const { signal, ...rest } = read(options, STREAM, "stream option") as StreamOptions;
  return { signal, json: JSON.stringify(rest) };
}

/**
 * Validates the options of `withOptions`. Returns JSON text for the engine.
 *
 * @internal
 */
export function readSharedOptions(options: unknown): string {
  const { defaultHeaders, headers, ...rest } = read(options, DERIVED, "option") as Record<string, Pairs>;
  return JSON.stringify({ ...rest, headers: [...(defaultHeaders ?? []), ...(headers ?? [])] });
}

/**
 * Validates client options. Returns the settings for the engine, the key function, the hooks and the log.
 *
 * @internal
 */
export function readClientOptions(options: unknown): {
  settings: Record<string, unknown>;
  key: KeyFunction | undefined;
  hooks: HookSet;
  log: Log | undefined;
} {
  const checked = read(options, CLIENT, "client option");
  const { defaultHeaders, onRequest, onResponse, onRetry, logger, logLevel, ...rest } = checked;
  const settings = { ...rest, ...(defaultHeaders ? { default_headers: defaultHeaders } : {}) };
  const own = { onRequest, onResponse, onRetry } as Hooks;
  const log = Log.from({ logger, logLevel } as LogOptions);
  const hooks = new HookSet(log === undefined ? [own] : [log, own]);
  const key = checked.api_key;
  if (typeof key !== "function") return { settings, key: undefined, hooks, log };
  return { settings: { ...settings, api_key: null }, key: key as KeyFunction, hooks, log };
}

/** Validates the own properties of an object. Refuses unknown names, and ignores a polluted prototype. */
function read(options: unknown, checks: Record<string, Check>, what: string): Record<string, unknown> {
  if (!isObject(options)) throw new UserError(`the ${what}s must be an object, not ${typeName(options)}`);
  const result: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    const value = options[name];
    if (check === undefined) {
      // Programs pass on options that their callers omitted.
      if (value === undefined && adviceFor(name) !== undefined) continue;
      throw unknownOption(what, name, Object.keys(checks));
    }
    if (value !== undefined) result[ENGINE_NAMES[name] ?? name] = check(value, name);
  }
  return result;
}

/**
 * Returns the error for an unknown option.
 *
 * @internal
 */
export function unknownOption(
  what: string,
  name: string,
  known: readonly string[],
  advice = adviceFor(name) ?? (Object.hasOwn(CLIENT, name) ? "it is an option of the client" : undefined),
): UserError {
  const hint = advice === undefined ? didYouMean(name, known) : `: ${advice}`;
  return new UserError(`there is no ${what} \`${name}\`${hint}`);
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw wrong(name, "a string", value);
  return value;
}

function eventIdOrTime(value: unknown, name: string): string {
  if (!isDate(value)) return text(value, name);
  if (Number.isNaN(value.getTime())) throw wrong(name, "a valid Date", value);
  return value.toISOString();
}

function hook(value: unknown, name: string): unknown {
  if (typeof value !== "function") throw wrong(name, "a function", value);
  return value;
}

function loggerLike(value: unknown, name: string): unknown {
  const names = ["debug", "info", "warn", "error"];
  if (isObject(value) && names.some((method) => typeof value[method] === "function")) return value;
  throw wrong(name, "an object with `debug` or `info`, such as `console`", value);
}

function level(value: unknown, name: string): unknown {
  if (value === "debug" || value === "info" || value === "off") return value;
  throw wrong(name, "`debug`, `info` or `off`", value);
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
  // Not `instanceof`, because test runners and polyfills have other classes.
  if (isObject(value) && typeof value.aborted === "boolean" && typeof value.addEventListener === "function") {
    return value as unknown as AbortSignal;
  }
  throw wrong(name, "an AbortSignal", value);
}

/** Returns the error for an invalid option. It shows only numbers, because text may be a key. */
function wrong(name: string, wanted: string, value: unknown): UserError {
  return new UserError(
    `\`${name}\` must be ${wanted}, not ${typeof value === "number" ? value : typeName(value)}`,
  );
}
