import { performance } from "node:perf_hooks";

/**
 * Milliseconds since the process began. Noted, since tests replace the global one.
 *
 * @internal
 */
export const now: () => number = performance.now.bind(performance);
