/**
 * Milliseconds since the process began. Noted, since tests replace the global one.
 *
 * @internal
 */
export const now: () => number = readClock();

function readClock(): () => number {
  try {
    const { performance } = require("node:perf_hooks") as typeof import("node:perf_hooks");
    return performance.now.bind(performance);
  } catch {
    // A bundle without `require` sends no request.
    return Date.now;
  }
}

/**
 * Whether this is a `Date`, also one of another realm, as test runners have them.
 *
 * @internal
 */
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}
