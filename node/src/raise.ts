import * as errors from "./errors.js";

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
  client_closed: errors.ClientClosedError,
};

/** Makes the error that the engine describes in this JSON text. */
export function errorFrom(text: string): errors.BimpeAIError {
  const facts = JSON.parse(text) as errors.ErrorFacts & {
    kind: string;
    display: string;
  };
  const Class = Object.hasOwn(CLASSES, facts.kind) ? CLASSES[facts.kind] : undefined;
  return new (Class ?? errors.BimpeAIError)(facts.display, facts);
}

/** Any thrown value as an error of this package. */
export function asOurs(error: unknown): errors.BimpeAIError {
  if (error instanceof errors.BimpeAIError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new errors.BimpeAIError(`unexpected fault in bimpe, please report it: ${text}`, {
    cause: error,
  });
}
