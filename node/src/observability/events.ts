import type { BimpeAIError } from "../errors/classes.js";

/** A request before its first attempt. */
export interface RequestEvent {
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** The HTTP method. */
  method: string;
  /** The path, with the names of ids in braces. */
  path: string;
  /** The headers of this request, without the API key. Headers that a hook adds are sent. */
  headers: Headers;
}

/** A request that has succeeded or failed. */
export interface ResponseEvent {
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** The HTTP status, or `null` without a response. */
  status: number | null;
  /** The response headers, or `null` without a response. */
  headers: Headers | null;
  /** The id of the request in the server's logs. */
  requestId: string | null;
  /** Number of attempts. */
  attempts: number;
  /** Duration of the request in milliseconds, including retries. */
  elapsed: number;
  /** The error of the request, or `null` if it succeeded. */
  error: BimpeAIError | null;
}

/** A failed attempt that will be retried. */
export interface RetryEvent {
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** Number of the failed attempt, from 1. */
  attempt: number;
  /** Delay before the next attempt, in milliseconds. */
  wait: number;
  /** The error of the attempt. */
  error: BimpeAIError;
}

/** A request or a stream before it is sent. */
export interface StartEvent extends RequestEvent {
  /** The URL, without the values of the query, ids that are secrets and the path of a custom request. */
  url: string;
}

/** A connection event of a stream, from the engine. */
export type StreamNotice =
  | { event: "stream.opened" }
  | {
      event: "stream.reconnecting";
      /** `closed`, `broken`, `stalled` or `unreachable`. */
      reason: string;
      /** The HTTP status, if the server refused. */
      status: number | null;
      /** Delay before the next connection, in milliseconds. */
      wait: number;
    };
