import * as errors from "./errors.js";
import { parse } from "./text.js";
import { messageOf } from "./warn.js";

type ErrorClass = new (message: string, facts: errors.ErrorFacts) => errors.BimpeAIError;

/** The class for each kind of error that the engine knows. */
const CLASSES: Record<string, ErrorClass> = {
  user: errors.UserError,
  connection: errors.ConnectionError,
  timeout: errors.ConnectionTimeoutError,
  api: errors.ApiError,
  bad_request: errors.BadRequestError,
  validation: errors.ValidationError,
  authentication: errors.AuthenticationError,
  permission_denied: errors.PermissionDeniedError,
  not_found: errors.NotFoundError,
  conflict: errors.ConflictError,
  rate_limit: errors.RateLimitError,
  not_implemented: errors.NotImplementedError,
  internal_server: errors.InternalServerError,
  redirect: errors.RedirectError,
  unexpected_response: errors.UnexpectedResponseError,
  response_too_large: errors.ResponseTooLargeError,
  pagination: errors.PaginationError,
  stream_ended: errors.StreamEndedError,
  stream_decode: errors.StreamDecodeError,
  client_closed: errors.ClientClosedError,
  forked_stream: errors.ForkedStreamError,
  ensure_conflict: errors.EnsureConflictError,
  internal: errors.InternalError,
};

/** Makes the error that the engine describes in this JSON text. */
export function errorFrom(text: string): errors.BimpeAIError {
  return errorOf(parse(text) as object);
}

/** Makes the error that the engine describes. */
export function errorOf(described: object): errors.BimpeAIError {
  const { cause, ...facts } = described as errors.ErrorFacts & { kind: string; display: string };
  const Class = Object.hasOwn(CLASSES, facts.kind) ? CLASSES[facts.kind] : undefined;
  const given = typeof cause === "object" && cause !== null ? { ...facts, cause: errorOf(cause) } : facts;
  return new (Class ?? errors.BimpeAIError)(facts.display, given);
}

/** Any thrown value as an error of this package; `facts` are for one that was not. */
export function asOurs(error: unknown, facts: errors.ErrorFacts = {}): errors.BimpeAIError {
  if (error instanceof errors.BimpeAIError) return error;
  const text = `unexpected fault in bimpe, please report it: ${messageOf(error)}`;
  return new errors.InternalError(text, { ...facts, cause: error });
}
