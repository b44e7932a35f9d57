/** Returns the milliseconds since the process started. Stored at load time, because tests replace `performance`. */
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
