import { parse } from "../util/json.js";
import { messageOf } from "../util/warn.js";
import * as errors from "./classes.js";

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
  const { cause, ...facts } = described as errors.ErrorFacts & Described;
  const Class = Object.hasOwn(CLASSES, facts.kind) ? CLASSES[facts.kind] : undefined;
  const given: errors.ErrorFacts = { ...facts };
  if (typeof cause === "object" && cause !== null) given.cause = errorOf(cause);
  else if (facts.os_code != null) given.cause = systemError(facts.message, facts.os_code);
  return new (Class ?? errors.BimpeAIError)(facts.message, given);
}

/** What the engine says beside the facts. */
interface Described {
  kind: string;
  message: string;
  os_code?: string | null;
}

/** The cause of an error of a connection, as Node's own network functions would throw it. */
function systemError(message: string, code: string): Error {
  const error: Error & { code?: string } = new Error(message);
  // It was not thrown anywhere.
  error.stack = `Error: ${message}`;
  error.code = code;
  return error;
}

/** Any thrown value as an error of this package; `facts` are for one that was not. */
export function asOurs(error: unknown, facts: errors.ErrorFacts = {}): errors.BimpeAIError {
  if (error instanceof errors.BimpeAIError) return error;
  const text = `unexpected fault in bimpe, please report it: ${messageOf(error)}`;
  return new errors.InternalError(text, { ...facts, cause: error });
}
