import { UserError } from "../errors/classes.js";
import { type Hooks, Watchers } from "../observability/hooks.js";
import { Log, type LogOptions } from "../observability/log.js";
import { isDate } from "../util/time.js";
import type { KeyFunction } from "./api-key.js";
import { didYouMean } from "./did-you-mean.js";
import { adviceFor } from "./foreign-options.js";
import { type HeadersInput, headerPairs, type Pairs } from "./header-input.js";

/** Options of one call; every method takes them as its last argument. */
export interface RequestOptions {
  /** Repeats of a write with the same key are carried out once. Made up for every write if it is not given. */
  idempotencyKey?: string | undefined;
  /** Aborts the call, also while it waits for its next attempt. */
  signal?: AbortSignal | undefined;
  /** The longest that the call may take in milliseconds, retries and body included. */
  timeout?: number | undefined;
  /** How often a failed request is sent again; at most 10. */
  maxRetries?: number | undefined;
  /** More headers. */
  headers?: HeadersInput | undefined;
}

/** Options of a stream. */
export interface StreamOptions {
  /**
   * Begin after the event with this id, or after this time: a `Date`, or ISO 8601 with its zone. A date stands for its
   * beginning in UTC. Only new events if omitted.
   */
  after?: string | Date | undefined;
  /** Whether to connect again when the connection ends. On by default. */
  reconnect?: boolean | undefined;
  /** How many connections in a row may bring nothing before the stream gives up; without limit by default. */
  maxRetries?: number | undefined;
  /**
   * How long the server may be silent, in milliseconds, before the connection counts as lost: 60 seconds by
   * default; 0 waits for ever.
   */
  timeout?: number | undefined;
  /** Ends the stream. The loop over it ends without an error. */
  signal?: AbortSignal | undefined;
}

/** Options of many streams in one. */
export interface MergedStreamOptions extends Omit<StreamOptions, "after"> {
  /** Where to begin: for all the same, or by id, as `lastIds` gives it. */
  after?: string | Date | Readonly<Record<string, string | Date | null | undefined>> | undefined;
}

/** The settings of a client. */
export interface ClientOptions extends Hooks, LogOptions {
  /**
   * The API key, or a function that gives it, which is called before each request; a stream asks again when its
   * key is refused. Without it, the environment variable `BIMPEAI_API_KEY` is read.
   */
  apiKey?: string | KeyFunction | undefined;
  /** The address of the API. Without it, `BIMPEAI_BASE_URL` is read; without that, it is the public address. */
  baseUrl?: string | undefined;
  /** The longest that a call may take in milliseconds, retries and body included. 60 seconds by default. */
  timeout?: number | undefined;
  /** How often a failed request is sent again: 2 by default, and at most 10. */
  maxRetries?: number | undefined;
  /** Headers for every request. */
  defaultHeaders?: HeadersInput | undefined;
  /**
   * A proxy for all hosts but this machine, such as `http://host:3128` or `socks5h://host:1080`. If omitted, `HTTPS_PROXY` (or
   * `ALL_PROXY`) and `NO_PROXY` are read.
   */
  proxy?: string | undefined;
  /**
   * A PEM file with certificates to trust beside those of the system. Without it, `NODE_EXTRA_CA_CERTS` is read.
   * `SSL_CERT_FILE` replaces those of the system.
   */
  caFile?: string | undefined;
  /** Permits `http://` to other machines. The key then travels in clear. */
  allowInsecureHttp?: boolean | undefined;
}

/** The settings that `withOptions` can change. */
export interface SharedClientOptions
  extends Pick<ClientOptions, "timeout" | "maxRetries" | "defaultHeaders"> {
  /** The same as `defaultHeaders`. */
  headers?: HeadersInput | undefined;
}

type Check = (value: unknown, name: string) => unknown;

const CALL: Record<keyof RequestOptions, Check> = {
  idempotencyKey: text,
  signal: abortSignal,
  timeout: milliseconds,
  maxRetries: count,
  headers: headerPairs,
};

/**
 * The names of the options of a call.
 *
 * @internal
 */
export const CALL_OPTIONS: readonly string[] = Object.keys(CALL);

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

/** The engine's names, as far as they differ. */
const ENGINE_NAMES: Record<string, string> = {
  apiKey: "api_key",
  baseUrl: "base_url",
  caFile: "ca_file",
  maxRetries: "max_retries",
  allowInsecureHttp: "allow_insecure_http",
  idempotencyKey: "idempotency_key",
};

/**
 * The options of a call as the engine knows them.
 *
 * @internal
 */
export interface CallOptions {
  timeout?: number;
  max_retries?: number;
  idempotency_key?: string;
  headers?: Pairs;
  /** Where the client has no key of its own. */
  api_key?: string;
}

/**
 * Checks the options of a call.
 *
 * @internal
 */
export function readCallOptions(options: unknown): {
  signal: AbortSignal | undefined;
  options: CallOptions;
} {
  if (options === undefined) return { signal: undefined, options: Object.create(null) as CallOptions };
  const given = read(options, CALL, "option") as CallOptions & { signal?: AbortSignal };
  const { signal } = given;
  delete given.signal;
  return { signal, options: given };
}

/**
 * The options of a stream: the signal, where it begins, and all but the signal as JSON text for the engine.
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
 * What `withOptions` changes, as JSON text for the engine.
 *
 * @internal
 */
export function readSharedOptions(options: unknown): string {
  const { defaultHeaders, headers, ...rest } = read(options, DERIVED, "option") as Record<string, Pairs>;
  return JSON.stringify({ ...rest, headers: [...(defaultHeaders ?? []), ...(headers ?? [])] });
}

/**
 * The settings of a client, by the names of the engine; the function that gives the key; and who watches calls.
 *
 * @internal
 */
export function readClientOptions(options: unknown): {
  settings: Record<string, unknown>;
  key: KeyFunction | undefined;
  watchers: Watchers;
  log: Log | undefined;
} {
  const given = read(options, CLIENT, "client option");
  const { defaultHeaders, onRequest, onResponse, onRetry, logger, logLevel, ...rest } = given;
  const settings = { ...rest, ...(defaultHeaders ? { default_headers: defaultHeaders } : {}) };
  const hooks = { onRequest, onResponse, onRetry } as Hooks;
  const log = Log.from({ logger, logLevel } as LogOptions);
  const watchers = new Watchers(log === undefined ? [hooks] : [log, hooks]);
  const key = given.api_key;
  if (typeof key !== "function") return { settings, key: undefined, watchers, log };
  return { settings: { ...settings, api_key: null }, key: key as KeyFunction, watchers, log };
}

/** Reads own properties that are known, so that neither a typo nor a polluted prototype goes through. */
function read(options: unknown, checks: Record<string, Check>, what: string): Record<string, unknown> {
  if (!isObject(options)) throw new UserError(`the ${what}s must be an object, not ${kind(options)}`);
  const result: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    const value = options[name];
    if (check === undefined) {
      // Programs pass on what they were not given.
      if (value === undefined && adviceFor(name) !== undefined) continue;
      throw unknownOption(what, name, Object.keys(checks));
    }
    if (value !== undefined) result[ENGINE_NAMES[name] ?? name] = check(value, name);
  }
  return result;
}

/**
 * The error for a name that is not known.
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
  // By its looks: test runners and polyfills bring classes of their own.
  if (isObject(value) && typeof value.aborted === "boolean" && typeof value.addEventListener === "function") {
    return value as unknown as AbortSignal;
  }
  throw wrong(name, "an AbortSignal", value);
}

/**
 * Whether this is an object with names.
 *
 * @internal
 */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The own properties of an object, so that those of a polluted prototype are not read.
 *
 * @internal
 */
export function ownOf<T extends object>(value: T): T {
  return Object.assign(Object.create(null) as T, value);
}

/** Never the value: it may be a key. Numbers are safe, and help. */
function wrong(name: string, wanted: string, value: unknown): UserError {
  return new UserError(
    `\`${name}\` must be ${wanted}, not ${typeof value === "number" ? value : kind(value)}`,
  );
}

/**
 * What kind of value this is, in words.
 *
 * @internal
 */
export function kind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
