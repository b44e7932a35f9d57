/** Returns the milliseconds since a fixed moment. Stored at load time, because tests replace `performance`. */
export const now: () => number = performance.now.bind(performance);
