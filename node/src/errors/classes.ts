import { type HeaderPairs, headersFrom } from "../util/headers.js";

/** The codes that the API is known to use; others pass as plain strings. */
export type ErrorCode =
  | "agent_limit_reached"
  | "api_key_expired"
  | "api_key_invalid"
  | "api_key_missing"
  | "bad_request"
  | "channel_not_configured"
  | "conflict"
  | "ensure_conflict"
  | "forbidden"
  | "insufficient_scope"
  | "integration_connection_failed"
  | "integration_limit_reached"
  | "internal_error"
  | "not_found"
  | "not_implemented"
  | "rate_limited"
  | "too_many_requests"
  | "too_many_streams"
  | "unauthorized"
  | "validation_error"
  | "workflow_required"
  | (string & {});

/** One field that the server, or the check before sending, found wrong. */
export interface FieldError {
  /** Where the field is, as in `auth_config.token`; empty if the server did not say. */
  path: string;
  /** What is wrong with it. */
  message: string;
}

/** What is known about a failure, in the words of the engine. */
export interface ErrorFacts {
  /** The text of `toString()` and of the stack; the message if it is not given. */
  display?: string | null;
  method?: string | null;
  path?: string | null;
  params?: Record<string, string> | null;
  status?: number | null;
  code?: string | null;
  request_id?: string | null;
  headers?: HeaderPairs | null;
  body?: unknown;
  field_errors?: FieldError[] | null;
  retry_after?: number | null;
  limit?: number | null;
  remaining?: number | null;
  reset_at?: number | null;
  attempts?: number | null;
  retryable?: boolean | null;
  retries_suppressed?: boolean | null;
  may_have_been_applied?: boolean | null;
  idempotency_key?: string | null;
  location_origin?: string | null;
  reason?: string | null;
  last_id?: string | null;
  reconnects?: number | null;
  cause?: unknown;
}

/**
 * The root of all errors of this package. What is not known is `null`.
 *
 * `message` is the server's text. `toString()` and the first line of `stack`, which Node prints, add the request, the
 * status, the code and the request id.
 */
export class BimpeAIError extends Error {
  static {
    BimpeAIError.prototype.name = "BimpeAIError";
  }
  readonly #text: string;
  /** The HTTP method of the request. */
  readonly method: string | null;
  /** The template of the request's path, as in `/agents/{agent_id}`. */
  readonly path: string | null;
  /** The ids in the path, by the names of the arguments. A key in the place of an id is masked. */
  readonly params: Readonly<Record<string, string>>;
  /** Which of several streams failed: the id that it was opened for. */
  source: string | null = null;
  /** The HTTP status, if an answer came. */
  readonly status: number | null;
  /** The server's code for what went wrong. */
  readonly code: ErrorCode | null;
  /** The id to quote to the API's support. */
  readonly requestId: string | null;
  /** The headers of the answer, if one came. */
  declare readonly headers: Headers | null;
  /** The body of the answer, if one came. */
  declare readonly body: unknown;
  /** The fields that were found wrong. */
  readonly fieldErrors: readonly FieldError[];
  /** How many seconds the server asked to wait. */
  readonly retryAfter: number | null;
  /** How many times the request was sent, or tried. */
  readonly attempts: number;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Whether retries were left out because too many calls of this client have failed of late. */
  readonly retriesSuppressed: boolean;
  /** Whether the server may have carried out the call all the same. */
  readonly mayHaveBeenApplied: boolean;
  /** The idempotency key of the call: give it again to repeat the call without doing it twice. */
  readonly idempotencyKey: string | null;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.#text = facts.display ?? message;
    this.method = facts.method ?? null;
    this.path = facts.path ?? null;
    this.params = facts.params ?? {};
    this.status = facts.status ?? null;
    this.code = facts.code ?? null;
    this.requestId = facts.request_id ?? null;
    this.fieldErrors = facts.field_errors ?? [];
    this.retryAfter = facts.retry_after ?? null;
    this.attempts = facts.attempts ?? 0;
    this.retryable = facts.retryable ?? false;
    this.retriesSuppressed = facts.retries_suppressed ?? false;
    this.mayHaveBeenApplied = facts.may_have_been_applied ?? false;
    this.idempotencyKey = facts.idempotency_key ?? null;
    // Not enumerable: they are long, and would bury the rest when an error is printed.
    const headers = facts.status == null ? null : headersFrom(facts.headers ?? []);
    Object.defineProperty(this, "headers", { value: headers });
    Object.defineProperty(this, "body", { value: facts.body ?? null });
  }

  /** The message with the request, the status, the code and the request id. */
  override toString(): string {
    const source = this.source === null ? "" : `${this.source}: `;
    return `${this.name}: ${source}${this.#text}`;
  }
}

/** The input was wrong; nothing was sent. */
export class UserError extends BimpeAIError {
  static {
    UserError.prototype.name = "UserError";
  }
}

/**
 * No answer came: the server could not be reached, or the connection was lost. `cause.code` says why in the name that
 * Node gives it, as in `ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET` or `CERT_HAS_EXPIRED`.
 *
 * @example
 * ```ts
 * const nowhere = new BimpeAI({ apiKey: "sk_test", baseUrl: "http://127.0.0.1:9", maxRetries: 0 });
 * try {
 *   await nowhere.agents.list();
 * } catch (error) {
 *   if (!(error instanceof ConnectionError)) throw error;
 *   console.log((error.cause as { code?: string }).code); // ECONNREFUSED
 * }
 * ```
 */
export class ConnectionError extends BimpeAIError {
  static {
    ConnectionError.prototype.name = "ConnectionError";
  }
}

/** The time for the call was over. */
export class ConnectionTimeoutError extends ConnectionError {
  static {
    ConnectionTimeoutError.prototype.name = "ConnectionTimeoutError";
  }
}

/** The server answered with an error. */
export class ApiError extends BimpeAIError {
  static {
    ApiError.prototype.name = "ApiError";
  }
  declare readonly status: number;
  declare readonly headers: Headers;
}

/** 400: the server does not accept the request. */
export class BadRequestError extends ApiError {
  static {
    BadRequestError.prototype.name = "BadRequestError";
  }
}

/** 400 with the code `validation_error`: `fieldErrors` names the fields. */
export class ValidationError extends BadRequestError {
  static {
    ValidationError.prototype.name = "ValidationError";
  }
}

/** 401: the key is missing, unknown or expired. */
export class AuthenticationError extends ApiError {
  static {
    AuthenticationError.prototype.name = "AuthenticationError";
  }
}

/** 403: the key does not permit this. */
export class PermissionDeniedError extends ApiError {
  static {
    PermissionDeniedError.prototype.name = "PermissionDeniedError";
  }
}

/** 404: there is no such thing, or it belongs to another team. */
export class NotFoundError extends ApiError {
  static {
    NotFoundError.prototype.name = "NotFoundError";
  }
}

/** 409: the state of the thing does not permit this. */
export class ConflictError extends ApiError {
  static {
    ConflictError.prototype.name = "ConflictError";
  }
}

/** 429: too many requests. */
export class RateLimitError extends ApiError {
  static {
    RateLimitError.prototype.name = "RateLimitError";
  }
  /** Requests allowed in the window. */
  readonly limit: number | null;
  /** Requests left in the window. */
  readonly remaining: number | null;
  /** When the window starts anew. */
  readonly resetAt: Date | null;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.limit = facts.limit ?? null;
    this.remaining = facts.remaining ?? null;
    this.resetAt = facts.reset_at == null ? null : new Date(facts.reset_at * 1000);
  }
}

/** 501: the server does not have this endpoint yet. */
export class NotImplementedError extends ApiError {
  static {
    NotImplementedError.prototype.name = "NotImplementedError";
  }
}

/** Any other 5xx: the server failed. */
export class InternalServerError extends ApiError {
  static {
    InternalServerError.prototype.name = "InternalServerError";
  }
}

/** A redirect, which is never followed, so that key and body reach no other host. */
export class RedirectError extends ApiError {
  static {
    RedirectError.prototype.name = "RedirectError";
  }
  /** Where the redirect pointed: scheme and host only. */
  readonly locationOrigin: string | null;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.locationOrigin = facts.location_origin ?? null;
  }
}

/** A success that does not hold what the API promises. */
export class UnexpectedResponseError extends BimpeAIError {
  static {
    UnexpectedResponseError.prototype.name = "UnexpectedResponseError";
  }
}

/** The answer was larger than the limit. */
export class ResponseTooLargeError extends BimpeAIError {
  static {
    ResponseTooLargeError.prototype.name = "ResponseTooLargeError";
  }
}

/** The server's page numbers make no sense. */
export class PaginationError extends BimpeAIError {
  static {
    PaginationError.prototype.name = "PaginationError";
  }
}

/**
 * A stream ended and cannot go on.
 *
 * @example
 * ```ts
 * const { messages } = client.conversations;
 * try {
 *   for await (const event of messages.stream(agentId, conversationId, { maxRetries: 5, after: "2026-01-01T00:00:00Z" })) {
 *     console.log(event.message);
 *     break;
 *   }
 * } catch (error) {
 *   if (!(error instanceof StreamEndedError)) throw error;
 *   console.log(error.reason, error.lastId); // go on later with `after: error.lastId`
 * }
 * ```
 */
export class StreamEndedError extends BimpeAIError {
  static {
    StreamEndedError.prototype.name = "StreamEndedError";
  }
  /** Why, in one word, such as `closed`, `broken`, `stalled`, `unreachable` or `no_content`. */
  readonly reason: string;
  /** The id of the last event: as `after`, a new stream goes on from there. */
  readonly lastId: string | null;
  /** How many connections were opened after the first. */
  readonly reconnects: number;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.reason = facts.reason ?? "closed";
    this.lastId = facts.last_id ?? null;
    this.reconnects = facts.reconnects ?? 0;
  }
}

/** An event of a stream cannot be decoded. If it was one event alone, the stream can be asked for the next. */
export class StreamDecodeError extends BimpeAIError {
  static {
    StreamDecodeError.prototype.name = "StreamDecodeError";
  }
}

/** A stream was used in another process than the one that opened it; a runtime that forks can meet it. */
export class ForkedStreamError extends BimpeAIError {
  static {
    ForkedStreamError.prototype.name = "ForkedStreamError";
  }
}

/** The client was closed. */
export class ClientClosedError extends BimpeAIError {
  static {
    ClientClosedError.prototype.name = "ClientClosedError";
  }
}

/** What `ensure` found differs from the request; `fieldErrors` lists the differences. Nothing was changed. */
export class EnsureConflictError extends BimpeAIError {
  static {
    EnsureConflictError.prototype.name = "EnsureConflictError";
  }
}

/** A fault in this package; please report it. */
export class InternalError extends BimpeAIError {
  static {
    InternalError.prototype.name = "InternalError";
  }
}

/** The call was aborted by its signal; `cause` is the signal's reason. An aborted stream ends without an error. */
export class AbortError extends BimpeAIError {
  static {
    AbortError.prototype.name = "AbortError";
  }
}
