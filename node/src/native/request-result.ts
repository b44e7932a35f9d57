import type { PaginationMeta } from "../types/index.js";
import type { HeaderPairs } from "../util/headers.js";
import { parseJson } from "../util/json.js";
import type { NativeResult } from "./binding.js";

/** The metadata of a response. */
export interface ResponseMetadata {
  status: number;
  headers: HeaderPairs;
  requestId: string | null;
  attempts: number;
  /** Milliseconds. */
  elapsed: number;
  idempotencyKey: string | null;
  /** The pagination metadata of the server. */
  meta: PaginationMeta | null;
  /** The cursor of the next page. */
  next: string | null;
}

/** The result of a request. */
export class RequestResult {
  /** The error as JSON text. */
  readonly error: string | undefined;
  readonly #native: NativeResult;
  #metadata: ResponseMetadata | undefined;

  constructor(native: NativeResult) {
    this.error = native.error;
    this.#native = native;
  }

  /** Parses and returns the data. Each call returns a new object. */
  data(): unknown {
    return parseJson(this.#native.data ?? "null");
  }

  /** The metadata, parsed on first use because few programs read it. */
  get metadata(): ResponseMetadata {
    this.#metadata ??= parseJson(this.#native.metadata ?? "{}") as ResponseMetadata;
    return this.#metadata;
  }
}
