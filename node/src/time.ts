/**
 * Milliseconds since the process began. Noted, since tests replace the global one.
 *
 * @internal
 */
export const now: () => number = note();

function note(): () => number {
  try {
    const { performance } = require("node:perf_hooks") as typeof import("node:perf_hooks");
    return performance.now.bind(performance);
  } catch {
    // In a bundle without `require` nothing can be called.
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
