// Records test results, one line of JSON per guarantee. `cargo xtask reliability` reads the file.

import { appendFileSync } from "node:fs";

const full = process.env.BIMPE_FULL_RUN;
// BIMPE_RESULTS records the results of an ordinary test run.
const file = full ?? process.env.BIMPE_RESULTS;

/** Returns whether this is a full run, which tries many more cases than an ordinary test run. */
export const isFullRun = () => full !== undefined;

/**
 * Appends a result to the file that the environment names. Does nothing without that variable. `limits` has the upper
 * bound of each of the `values`.
 */
export function record(guarantee, test, runs, values, limits) {
  if (file === undefined) return;
  const met = Object.entries(values).every(([name, value]) => value <= limits[name]);
  appendFileSync(file, `${JSON.stringify({ guarantee, test, language: "Node", runs, values, limits, met })}\n`);
}
