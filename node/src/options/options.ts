import { UserError } from "../errors/classes.js";
import { HookSet, type Hooks } from "../observability/hooks.js";
import { Log, type LogOptions } from "../observability/log.js";
import { snakeCase } from "../util/names.js";
import { isObject, typeName } from "../util/values.js";
import type { KeyFunction } from "./api-key.js";
import {
  abortSignal,
  type Check,
  count,
  eventIdOrTime,
  flag,
  hook,
  level,
  loggerLike,
  milliseconds,
  text,
} from "./checks.js";
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
  /** Resume after this event id or time. One value for all streams, or an object of values by id, as in `lastIds`. */
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
  /**
   * `adaptive` makes requests wait, within their timeouts, while the rate limit of their API key is used up. All clients of
   * a process share what they know of a key. Streams do not wait.
   */
  pace?: "adaptive" | undefined;
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
  /**
   * Allows an API key in a browser. Every visitor of a public page can read the key, and use all agents, conversations and
   * phone numbers of its team. Use it only in a page that no one else opens. Without a browser, it has no effect.
   */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/** Options that `withOptions` can change. */
export interface SharedClientOptions
  extends Pick<ClientOptions, "timeout" | "maxRetries" | "defaultHeaders"> {
  /** An alias of `defaultHeaders`. */
  headers?: HeadersInput | undefined;
}

const REQUEST: Record<keyof RequestOptions, Check> = {
  idempotencyKey: text,
  signal: abortSignal,
  timeout: milliseconds,
  maxRetries: count,
  headers: headerPairs,
};

/** The names of the request options. */
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
  pace: text,
  proxy: text,
  caFile: text,
  allowInsecureHttp: flag,
  dangerouslyAllowBrowser: flag,
};

/** The request options that the engine takes. */
export interface EngineOptions {
  timeout?: number;
  max_retries?: number;
  idempotency_key?: string;
  headers?: Pairs;
  /** The API key, if the client has none. */
  api_key?: string;
}

/** Validates request options. */
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

/** Validates stream options. Returns the signal, and the other options for the engine. */
export function readStreamOptions(options: unknown = {}): {
  signal: AbortSignal | undefined;
  settings: Record<string, unknown>;
} {
  const { signal, ...settings } = read(options, STREAM, "stream option");
  return { signal: signal as AbortSignal | undefined, settings };
}

/** Validates the options of `withOptions`. Returns JSON text for the engine. */
export function readSharedOptions(options: unknown): string {
  const {
    default_headers = [],
    headers = [],
    ...rest
  } = read(options, DERIVED, "option") as Record<string, Pairs>;
  return JSON.stringify({ ...rest, headers: [...default_headers, ...headers] });
}

/** Validates client options. Returns the settings for the engine, the key function, the hooks and the log. @internal */
export function readClientOptions(options: unknown): {
  settings: Record<string, unknown>;
  key: KeyFunction | undefined;
  hooks: HookSet;
  log: Log | undefined;
} {
  const checked = read(options, CLIENT, "client option");
  const { on_request, on_response, on_retry, logger, log_level, api_key, ...settings } = checked;
  const own = { onRequest: on_request, onResponse: on_response, onRetry: on_retry } as Hooks;
  const log = Log.from({ logger, logLevel: log_level } as LogOptions);
  const hooks = new HookSet(log === undefined ? [own] : [log, own]);
  if (typeof api_key !== "function")
    return { settings: { ...settings, api_key }, key: undefined, hooks, log };
  return { settings, key: api_key as KeyFunction, hooks, log };
}

/**
 * Validates the own properties of an object. Returns them by the names of the engine. Refuses unknown names, and ignores a
 * polluted prototype.
 */
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
    if (value !== undefined) result[snakeCase(name)] = check(value, name);
  }
  return result;
}

/** Returns the error for an unknown option. */
export function unknownOption(
  what: string,
  name: string,
  known: readonly string[],
  advice = adviceFor(name) ?? (Object.hasOwn(CLIENT, name) ? "it is an option of the client" : undefined),
): UserError {
  const hint = advice === undefined ? didYouMean(name, known) : `: ${advice}`;
  return new UserError(`there is no ${what} \`${name}\`${hint}`);
}
