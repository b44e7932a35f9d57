// The native module as TypeScript sees it; its source is bindings/node.

/** JSON text, as a string or as its bytes in UTF-8. */
export type Text = string | Buffer;

/** How a call ended: `error` alone, or the rest; all are JSON text. */
export interface NativeOutcome {
  /** The number of the call. */
  id: number;
  error?: string;
  /** The answer's `data`. */
  data?: Text;
  /** What came with it. */
  facts?: Text;
}

/** Where outcomes of calls and batches of streams are left. It keeps the process alive while one is to come. */
export interface LetterBox {
  take(): (NativeOutcome | Batch)[];
  /** Aborts the call with this number; its outcome comes all the same. */
  cancel(id: number): void;
}

/** Events that have arrived, or why none comes any more. */
export interface Batch {
  /** The number that it was asked for by. */
  id: number;
  /** The error as JSON text. */
  error?: string;
  /** A JSON array of the events. */
  events?: Text;
  /** A JSON array of the ids to resume with after each event, or null where there is none. */
  ids?: Text;
  /** The id to resume with after all of this, an error included. */
  lastId?: string | null;
  /** A JSON array of what happened to the connection. At the end there is neither this nor events. */
  notices?: string;
  reconnects: number;
  duplicatesDropped: number;
  decodeReplacements: number;
}

/** A stream of events. */
export interface NativeStream {
  /** The id to resume with after what was taken so far, or null. */
  readonly lastId: string | null;
  /** What has arrived, or null. */
  takeBatch(): Batch | null;
  /** One batch is asked for at a time. It is left in the letter-box. */
  nextBatch(post: LetterBox, id: number): void;
  /** The API key for what is sent from now on; gives the error as JSON text, or null. */
  useKey(key: string): string | null;
  close(): void;
}

/** What an operation is on the wire. */
export interface Route {
  method: string;
  path: string;
}

/** A client of the engine. */
export interface NativeClient {
  readonly baseUrl: string;
  /** Options are JSON text; a string is an error as JSON text. */
  withOptions(options: string): NativeClient | string;
  close(): void;
  /** Query, body, options and what `onRetry` gets are JSON text. The outcome is left in the letter-box. */
  request(
    post: LetterBox,
    id: number,
    operation: string,
    path: string[],
    query: string | undefined,
    body: string | undefined,
    options: string | undefined,
    cursor: string | undefined,
    onRetry: ((event: string) => void) | undefined,
  ): void;
  /** Options are JSON text; a string is an error as JSON text. */
  stream(operation: string, path: string[], options: string): NativeStream | string;
}

/** The native module. */
export interface Binding {
  readonly VERSION: string;
  /** The function is called when there is something to take. */
  readonly LetterBox: new (
    onMail: () => void,
  ) => LetterBox;
  readonly NativeClient: {
    /** Settings are JSON text; a string is an error as JSON text. */
    connect(settings: string): NativeClient | string;
    /** Of an operation; nothing if there is none by this name. */
    route(operation: string): Route | null;
    /** The names of the variables that are passed as `env` of the settings. */
    environment(): string[];
    webchatUserId(text: string): string;
  };
}
