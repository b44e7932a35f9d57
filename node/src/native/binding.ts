// Types of the native module. The source of the module is bindings/node.
import type { JsonText } from "../util/json.js";

/** The result of a request: `error` alone, or the rest. All are JSON text. */
export interface NativeResult {
  /** The id of the request. */
  id: number;
  error?: string;
  /** The `data` of the response. */
  data?: JsonText;
  /** The metadata of the response. */
  metadata?: JsonText;
}

/** The completions of this environment. It keeps the process alive while a completion is pending. */
export interface CompletionQueue {
  /** Removes and returns the completions that are ready. */
  drain(): (NativeResult | EventBatch)[];
  /** Aborts a request. Its completion still arrives. */
  cancel(id: number): void;
}

/** The events received since the last batch, or the end of the stream. */
export interface EventBatch {
  /** The id of the request for this batch. */
  id: number;
  /** The error as JSON text. */
  error?: string;
  /** A JSON array of events. */
  events?: JsonText;
  /** A JSON array of the resume ids after each event, `null` for an event without id. */
  ids?: JsonText;
  /** The resume id after this batch, also after an error. */
  lastId?: string | null;
  /** A JSON array of connection events. Without `events`, `error` and `notices`, the stream has ended. */
  notices?: string;
  reconnects: number;
  duplicatesDropped: number;
  decodeReplacements: number;
}

/** A stream of events. */
export interface NativeStream {
  /** The resume id after the last batch. */
  readonly lastId: string | null;
  /** Returns the received events, or `null` if there are none. */
  takeBatch(): EventBatch | null;
  /** Requests the next batch. It goes to the queue. Only one request may be pending. */
  nextBatch(queue: CompletionQueue, id: number): void;
  /** Sets the API key for the next requests of the stream. Returns the error as JSON text, or `null`. */
  useKey(key: string): string | null;
  close(): void;
}

/** The HTTP method and path of an operation. */
export interface OperationInfo {
  method: string;
  path: string;
}

/** A client of the engine. */
export interface NativeClient {
  readonly baseUrl: string;
  /** Derives a client. Options are JSON text. Returns the client, or the error as JSON text. */
  withOptions(options: string): NativeClient | string;
  close(): void;
  /** Sends a request. Query, body, options and the argument of `onRetry` are JSON text. The result goes to the queue. */
  request(
    queue: CompletionQueue,
    id: number,
    operation: string,
    path: string[],
    query: string | undefined,
    body: string | undefined,
    options: string | undefined,
    cursor: string | undefined,
    onRetry: ((event: string) => void) | undefined,
  ): void;
  /** Returns the URL of a request without its secrets. The query is JSON text, of which only the names are used. */
  redactedUrl(operation: string, path: string[], query: string | undefined): string;
  /** Creates a stream. Options are JSON text. Returns the stream, or the error as JSON text. */
  stream(operation: string, path: string[], options: string): NativeStream | string;
}

/** The native module. */
export interface Binding {
  readonly VERSION: string;
  /** `onReady` is called when completions are ready to be drained. */
  readonly CompletionQueue: new (
    onReady: () => void,
  ) => CompletionQueue;
  readonly NativeClient: {
    /** Creates a client. Settings are JSON text. Returns the client, or the error as JSON text. */
    connect(settings: string): NativeClient | string;
    /** Returns the method and path of an operation, or `null` if the name is unknown. */
    operationInfo(operation: string): OperationInfo | null;
    /** Returns the names of the environment variables that belong in `env` of the settings. */
    environmentVariables(): string[];
    webchatUserId(text: string): string;
  };
}
