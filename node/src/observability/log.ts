import type { BimpeAIError } from "../errors/classes.js";
import { emitWarningLater, environment, writeLine } from "../util/system.js";
import type { RequestEvent, ResponseEvent, RetryEvent, StreamNotice } from "./events.js";
import { type Hooks, invoke } from "./hooks.js";
import type { StreamObserver } from "./observer.js";

/** The fields of a log record. They hold no headers, bodies, queries, ids or keys. */
export interface LogFields {
  /** The event. */
  event:
    | "request.started"
    | "request.retried"
    | "request.ended"
    | "stream.opened"
    | "stream.reconnecting"
    | "stream.ended";
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** Other fields. Times are in milliseconds, errors are class names. */
  [name: string]: string | number | null;
}

/**
 * A logger: `console`, or an object with some of these methods. An error that it throws becomes a process warning.
 */
export interface Logger {
  debug?(message: string, fields: LogFields): void;
  /** If omitted, `debug` receives these records. */
  info?(message: string, fields: LogFields): void;
  /** Not used, because errors are thrown. */
  warn?(message: string, fields: LogFields): void;
  /** Not used, because errors are thrown. */
  error?(message: string, fields: LogFields): void;
}

/** Logging options of a client. */
export interface LogOptions {
  /** The logger. Defaults to standard error. */
  logger?: Logger | undefined;
  /**
   * `info` logs retries, streams and the end of each request. `debug` also logs the start of each request. Defaults to the
   * environment variable `BIMPEAI_LOG`, then to `info` with a `logger` and `off` without.
   */
  logLevel?: "debug" | "info" | "off" | undefined;
}

/** Logs requests, as a set of hooks, and streams. @internal */
export class Log implements Hooks {
  readonly #logger: Logger;
  readonly onRequest: ((event: RequestEvent) => void) | undefined;

  private constructor(logger: Logger, level: "debug" | "info") {
    this.#logger = logger;
    this.onRequest = level === "debug" ? this.#started : undefined;
  }

  /** Returns the log of these options, or undefined if it is off. */
  static from({ logger, logLevel }: LogOptions): Log | undefined {
    const level = logLevel ?? fromEnvironment() ?? (logger === undefined ? "off" : "info");
    return level === "off" ? undefined : new Log(logger ?? STDERR, level);
  }

  readonly #started = ({ operation, method, path: given }: RequestEvent): void => {
    // The path of a custom request is not a template and may hold ids.
    const path = operation === "request" ? "(custom)" : given;
    const fields: LogFields = { event: "request.started", operation, method, path };
    this.#write("debug", `${operation}: ${method} ${path}`, fields);
  };

  readonly onRetry = ({ operation, attempt, wait, error }: RetryEvent): void => {
    const text = `attempt ${attempt} failed with ${describe(error)}, the next is in ${ms(wait)}`;
    this.#info("request.retried", operation, text, { attempt, wait, ...errorFields(error) });
  };

  readonly onResponse = ({ operation, status, requestId, attempts, elapsed, error }: ResponseEvent): void => {
    const how = error === null ? String(status) : describe(error);
    const text = `${how} in ${ms(elapsed)}, attempts: ${attempts}, request: ${requestId}`;
    this.#info("request.ended", operation, text, {
      ...errorFields(error),
      status,
      attempts,
      elapsed,
      requestId,
    });
  };

  /** Returns the observer of a stream. */
  stream(operation: string): StreamObserver {
    return {
      notified: (notice) => this.#streamNotified(operation, notice),
      ended: (error, opened) => {
        if (opened) this.#streamEnded(operation, error);
      },
    };
  }

  #streamNotified(operation: string, { event, ...fields }: StreamNotice): void {
    let text = "opened";
    if ("reason" in fields) {
      const status = fields.status === null ? "" : ` (${fields.status})`;
      text = `${fields.reason}${status}, connects again in ${ms(fields.wait)}`;
    }
    this.#info(event, operation, text, fields);
  }

  #streamEnded(operation: string, error: BimpeAIError | undefined): void {
    const reason = error !== undefined && "reason" in error ? String(error.reason) : null;
    const text = error === undefined ? "ended" : `ended with ${describe(error)}`;
    this.#info("stream.ended", operation, text, { reason, ...errorFields(error ?? null) });
  }

  #info(
    event: LogFields["event"],
    operation: string,
    text: string,
    fields: Record<string, string | number | null>,
  ): void {
    this.#write("info", `${operation}: ${text}`, { event, operation, ...fields });
  }

  #write(level: "debug" | "info", message: string, fields: LogFields): void {
    const logger = this.#logger;
    invoke(
      "logger",
      () => (logger[level] ? logger[level](message, fields) : logger.debug?.(message, fields)),
      fields,
    );
  }
}

function describe(error: BimpeAIError): string {
  return error.name + (error.status === null ? "" : ` (${error.status})`);
}

function errorFields(error: BimpeAIError | null): { error: string | null; status: number | null } {
  return { error: error?.name ?? null, status: error?.status ?? null };
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}

const STDERR: Logger = {
  debug: (message) => line("DEBUG", message),
  info: (message) => line("INFO", message),
};

function line(level: string, message: string): void {
  writeLine(`${new Date().toISOString()} ${level} bimpe: ${message}`);
}

let warned = false;

function fromEnvironment(): "debug" | "info" | undefined {
  const level = environment("BIMPEAI_LOG")?.trim().toLowerCase();
  if (level === "debug" || level === "info") return level;
  if (level && !warned) {
    warned = true;
    emitWarningLater("invalid BIMPEAI_LOG: expected `debug` or `info`");
  }
  return undefined;
}
