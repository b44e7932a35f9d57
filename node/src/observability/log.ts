import type { BimpeAIError } from "../errors/classes.js";
import { type Hooks, type RequestEvent, type ResponseEvent, type RetryEvent, tell } from "./hooks.js";

/** What a record is about. It never holds headers, bodies, queries, ids or keys. */
export interface LogFields {
  /** What happened. */
  event:
    | "call.started"
    | "call.retried"
    | "call.ended"
    | "stream.opened"
    | "stream.reconnecting"
    | "stream.ended";
  /** The operation, as in `agents.retrieve`; `request` for a custom request. */
  operation: string;
  /** What else is known: times are in milliseconds, errors are the names of their classes. */
  [name: string]: string | number | null;
}

/**
 * Where records go: `console`, or any object with some of these methods. What it throws becomes a warning of the
 * process.
 */
export interface Logger {
  debug?(message: string, fields: LogFields): void;
  /** Without it, `debug` gets these records as well. */
  info?(message: string, fields: LogFields): void;
  /** Is not used so far: what goes wrong is thrown. */
  warn?(message: string, fields: LogFields): void;
  /** Is not used so far: what goes wrong is thrown. */
  error?(message: string, fields: LogFields): void;
}

/** Whether and where a client writes down what it does. */
export interface LogOptions {
  /** Where records go; standard error if it is not given. */
  logger?: Logger | undefined;
  /**
   * `info` for the ends of calls, for retries and for streams; `debug` for the beginnings of calls as well. Without
   * it, the variable `BIMPEAI_LOG` is read; without that, it is `info` with a `logger`, and `off` otherwise.
   */
  logLevel?: "debug" | "info" | "off" | undefined;
}

/**
 * What happened to the connection of a stream, as the engine tells it.
 *
 * @internal
 */
export type StreamNotice =
  | { event: "stream.opened" }
  | { event: "stream.reconnecting"; reason: string; status: number | null; wait: number };

/**
 * Writes down what happens to calls, as hooks would, and to streams.
 *
 * @internal
 */
export class Log implements Hooks {
  readonly #logger: Logger;
  readonly onRequest: ((event: RequestEvent) => void) | undefined;

  private constructor(logger: Logger, level: "debug" | "info") {
    this.#logger = logger;
    this.onRequest = level === "debug" ? this.#started : undefined;
  }

  /** The log that these options ask for, if any. */
  static from({ logger, logLevel }: LogOptions): Log | undefined {
    const level = logLevel ?? fromEnvironment() ?? (logger === undefined ? "off" : "info");
    return level === "off" ? undefined : new Log(logger ?? STDERR, level);
  }

  readonly #started = ({ operation, method, path: given }: RequestEvent): void => {
    // The path of a custom request is no template, so it may hold ids.
    const path = operation === "request" ? "(custom)" : given;
    const fields: LogFields = { event: "call.started", operation, method, path };
    this.#write("debug", `${operation}: ${method} ${path}`, fields);
  };

  readonly onRetry = ({ operation, attempt, wait, error }: RetryEvent): void => {
    const text = `attempt ${attempt} failed with ${named(error)}, the next is in ${ms(wait)}`;
    this.#info("call.retried", operation, text, { attempt, wait, ...facts(error) });
  };

  readonly onResponse = ({ operation, status, requestId, attempts, elapsed, error }: ResponseEvent): void => {
    const how = error === null ? String(status) : named(error);
    const text = `${how} in ${ms(elapsed)}, attempts: ${attempts}, request: ${requestId}`;
    this.#info("call.ended", operation, text, { ...facts(error), status, attempts, elapsed, requestId });
  };

  /** Something happened to the connection of a stream. */
  stream(operation: string, { event, ...fields }: StreamNotice): void {
    let text = "opened";
    if ("reason" in fields) {
      const status = fields.status === null ? "" : ` (${fields.status})`;
      text = `${fields.reason}${status}, connects again in ${ms(fields.wait)}`;
    }
    this.#info(event, operation, text, fields);
  }

  /** A stream is over. */
  streamEnded(operation: string, error: BimpeAIError | undefined): void {
    const reason = error !== undefined && "reason" in error ? String(error.reason) : null;
    const text = error === undefined ? "ended" : `ended with ${named(error)}`;
    this.#info("stream.ended", operation, text, { reason, ...facts(error ?? null) });
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
    tell(
      "logger",
      () => (logger[level] ? logger[level](message, fields) : logger.debug?.(message, fields)),
      fields,
    );
  }
}

function named(error: BimpeAIError): string {
  return error.name + (error.status === null ? "" : ` (${error.status})`);
}

function facts(error: BimpeAIError | null): { error: string | null; status: number | null } {
  return { error: error?.name ?? null, status: error?.status ?? null };
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}

const STDERR: Logger = {
  debug: (message) => line("DEBUG", message),
  info: (message) => line("INFO", message),
};

/** How many lines are being written. */
let writing = 0;

function line(level: string, message: string): void {
  const { stderr } = process;
  const text = `${new Date().toISOString()} ${level} bimpe: ${message}\n`;
  // If nobody reads it any more, that is an error event, which would end the process.
  if (writing++ === 0) stderr.on("error", ignore);
  const done = () => {
    if (--writing === 0) stderr.off("error", ignore);
  };
  try {
    // The event comes a turn after the stream has called back.
    stderr.write(text, () => process.nextTick(() => process.nextTick(done)));
  } catch (fault) {
    done();
    throw fault;
  }
}

function ignore(): void {}

let warned = false;

function fromEnvironment(): "debug" | "info" | undefined {
  const wanted = process.env.BIMPEAI_LOG?.trim().toLowerCase();
  if (wanted === "debug" || wanted === "info") return wanted;
  if (wanted && !warned) {
    warned = true;
    process.emitWarning("BIMPEAI_LOG may be debug or info; it is something else", "BimpeWarning");
  }
  return undefined;
}
