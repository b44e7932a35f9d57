// What a campaign measured, one line of JSON per promise.

import { appendFileSync } from "node:fs";

const file = process.env.BIMPE_CAMPAIGN;

/** Whether this is a campaign, which tries many more cases than an ordinary test run. */
export const campaign = () => file !== undefined;

/**
 * Adds what was measured to the file of the campaign; does nothing in an ordinary run. `figures` is what was seen,
 * and `goal` gives the upper bounds for the same names.
 */
export function record(promise, what, runs, figures, goal) {
  if (file === undefined) return;
  const met = Object.entries(figures).every(([name, seen]) => seen <= goal[name]);
  appendFileSync(file, `${JSON.stringify({ promise, what, face: "Node", runs, figures, goal, met })}\n`);
}
