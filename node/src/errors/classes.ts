import { type HeaderPairs, headersFrom } from "../util/headers.js";

/** The known error codes of the API. Other codes are plain strings. */
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

/** An invalid field of a request. */
export interface FieldError {
  /** The path of the field, as in `auth_config.token`. Empty if unknown. */
  path: string;
  /** Why the field is invalid. */
  message: string;
}

/** The fields of an error, by the names of the engine. */
export interface ErrorFields {
  /** The text of `toString()` and of the stack. Defaults to the message. */
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
 * The base class of all errors of this package. Unknown fields are `null`.
 *
 * `message` is the text of the server. `toString()` adds the request, the status, the code and the request id. So does
 * the first line of `stack`, which Node prints.
 */
export class BimpeAIError extends Error {
  readonly #text: string;
  /** The HTTP method of the request. */
  readonly method: string | null;
  /** The path template of the request, as in `/agents/{agent_id}`. */
  readonly path: string | null;
  /** The ids in the path, by argument name. An API key in place of an id is masked. */
  readonly params: Readonly<Record<string, string>>;
  /** The id of the failed stream of a merged stream. */
  source: string | null = null;
  /** The HTTP status, or `null` without a response. */
  readonly status: number | null;
  /** The error code of the server. */
  readonly code: ErrorCode | null;
  /** The id of the request in the server's logs. Include it in support requests. */
  readonly requestId: string | null;
  /** The response headers, or `null` without a response. */
  declare readonly headers: Headers | null;
  /** The response body, or `null` without a response. */
  declare readonly body: unknown;
  /** The invalid fields of the request. */
  readonly fieldErrors: readonly FieldError[];
  /** Delay before a retry that the server requested, in seconds. */
  readonly retryAfter: number | null;
  /** Number of attempts. */
  readonly attempts: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Whether retries were skipped, because too many requests of this client failed recently. */
  readonly retriesSuppressed: boolean;
  /** Whether the server may have applied the request. */
  readonly mayHaveBeenApplied: boolean;
  /** The idempotency key of the request. Pass it again to repeat the request without applying it twice. */
  readonly idempotencyKey: string | null;

  constructor(message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.#text = fields.display ?? message;
    this.method = fields.method ?? null;
    this.path = fields.path ?? null;
    this.params = fields.params ?? {};
    this.status = fields.status ?? null;
    this.code = fields.code ?? null;
    this.requestId = fields.request_id ?? null;
    this.fieldErrors = fields.field_errors ?? [];
    this.retryAfter = fields.retry_after ?? null;
    this.attempts = fields.attempts ?? 0;
    this.retryable = fields.retryable ?? false;
    this.retriesSuppressed = fields.retries_suppressed ?? false;
    this.mayHaveBeenApplied = fields.may_have_been_applied ?? false;
    this.idempotencyKey = fields.idempotency_key ?? null;
    // Not enumerable, because their length would hide the other fields of a printed error.
    const headers = fields.status == null ? null : headersFrom(fields.headers ?? []);
    Object.defineProperty(this, "headers", { value: headers });
    Object.defineProperty(this, "body", { value: fields.body ?? null });
  }

  /** The message with the request, the status, the code and the request id. */
  override toString(): string {
    const source = this.source === null ? "" : `${this.source}: `;
    return `${this.name}: ${source}${this.#text}`;
  }
}

/** The arguments or options are invalid. No request was sent. */
export class UserError extends BimpeAIError {}

/**
 * The server could not be reached, or the connection was lost. `cause.code` is the code of Node for the cause, such as
 * `ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET` or `CERT_HAS_EXPIRED`.
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
export class ConnectionError extends BimpeAIError {}

/** The request timed out. */
export class ConnectionTimeoutError extends ConnectionError {}

/** The server responded with an error. */
export class ApiError extends BimpeAIError {
  declare readonly status: number;
  declare readonly headers: Headers;
}

/** 400: the request is invalid. */
export class BadRequestError extends ApiError {}

/** 400 with the code `validation_error`: `fieldErrors` names the fields. */
export class ValidationError extends BadRequestError {}

/** 401: the key is missing, unknown or expired. */
export class AuthenticationError extends ApiError {}

/** 403: the key lacks the permission. */
export class PermissionDeniedError extends ApiError {}

/** 404: the object does not exist, or belongs to another team. */
export class NotFoundError extends ApiError {}

/** 409: the request conflicts with the state of the object. */
export class ConflictError extends ApiError {}

/** 429: too many requests. */
export class RateLimitError extends ApiError {
  /** Maximum number of requests in the window. */
  readonly limit: number | null;
  /** Remaining requests in the window. */
  readonly remaining: number | null;
  /** Start of the next window. */
  readonly resetAt: Date | null;

  constructor(message: string, fields: ErrorFields = {}) {
    super(message, fields);
    this.limit = fields.limit ?? null;
    this.remaining = fields.remaining ?? null;
    this.resetAt = fields.reset_at == null ? null : new Date(fields.reset_at * 1000);
  }
}

/** 501: the server does not support this endpoint yet. */
export class NotImplementedError extends ApiError {}

/** Any other 5xx: an error in the server. `InternalError` is a bug in this package. */
export class InternalServerError extends ApiError {}

/** A redirect. Redirects are not followed, so that the API key and the body reach no other host. */
export class RedirectError extends ApiError {
  /** The origin (scheme and host) of the target. */
  readonly locationOrigin: string | null;

  constructor(message: string, fields: ErrorFields = {}) {
    super(message, fields);
    this.locationOrigin = fields.location_origin ?? null;
  }
}

/** A successful response whose content is invalid. */
export class UnexpectedResponseError extends BimpeAIError {}

/** The response exceeded the size limit. */
export class ResponseTooLargeError extends BimpeAIError {}

/** The pagination metadata of the server is inconsistent. */
export class PaginationError extends BimpeAIError {}

/**
 * A stream ended and cannot be resumed automatically.
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
 *   console.log(error.reason, error.lastId); // resume later with `after: error.lastId`
 * }
 * ```
 */
export class StreamEndedError extends BimpeAIError {
  /** The reason, such as `closed`, `broken`, `stalled`, `unreachable` or `no_content`. */
  readonly reason: string;
  /** The id of the last event. Pass it as `after` to resume. */
  readonly lastId: string | null;
  /** Number of reconnects. */
  readonly reconnects: number;

  constructor(message: string, fields: ErrorFields = {}) {
    super(message, fields);
    this.reason = fields.reason ?? "closed";
    this.lastId = fields.last_id ?? null;
    this.reconnects = fields.reconnects ?? 0;
  }
}

/** An event of a stream cannot be decoded. Unless the stream ended, `next()` returns the next event. */
export class StreamDecodeError extends BimpeAIError {}

/** A stream was used in another process than the one that opened it, in a runtime that forks. */
export class ForkedStreamError extends BimpeAIError {}

/** The client was closed. */
export class ClientClosedError extends BimpeAIError {}

/** `ensure` found an object that differs from the request. `fieldErrors` lists the differences. Nothing was changed. */
export class EnsureConflictError extends BimpeAIError {}

/** A bug in this package. Please report it. `InternalServerError` is an error of the server. */
export class InternalError extends BimpeAIError {}

/** A signal aborted the request. `cause` is the reason of the signal. An aborted stream ends without an error. */
export class AbortError extends BimpeAIError {}
