/** Facts about the runtime. Each entry sets them. */
export interface Runtime {
  /** Whether users of a page can read what the program holds. */
  isBrowser: boolean;
  /** Options of each `fetch`. Some runtimes refuse options that others need. */
  fetchOptions: RequestInit;
  /** The advice of the error for a missing API key, if it differs from that of the engine. */
  keyAdvice?: string | undefined;
}

/** Options of `fetch` where an HTTP cache exists. Frameworks also cache requests without them. */
export const UNCACHED: RequestInit = { cache: "no-store" };
