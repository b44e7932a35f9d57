import type { PaginationMeta } from "../types/index.js";
import type { HeaderPairs } from "../util/headers.js";
import { parse } from "../util/json.js";
import type { NativeOutcome } from "./binding.js";

/** What came with the data of an answer. */
export interface Facts {
  status: number;
  headers: HeaderPairs;
  requestId: string | null;
  attempts: number;
  /** Milliseconds. */
  elapsed: number;
  idempotencyKey: string | null;
  /** The numbers of a page. */
  meta: PaginationMeta | null;
  /** The cursor of the next page. */
  next: string | null;
}

/** How a call ended. */
export class Outcome {
  /** The error as JSON text. */
  readonly error: string | undefined;
  readonly #native: NativeOutcome;
  #facts: Facts | undefined;

  constructor(native: NativeOutcome) {
    this.error = native.error;
    this.#native = native;
  }

  /** The data, read anew each time. */
  data(): unknown {
    return parse(this.#native.data ?? "null");
  }

  /** What came with it; few programs ask. */
  get facts(): Facts {
    this.#facts ??= parse(this.#native.facts ?? "{}") as Facts;
    return this.#facts;
  }
}
