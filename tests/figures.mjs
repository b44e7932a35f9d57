// What a campaign measured, one line of JSON per promise.

import { appendFileSync } from "node:fs";

const full = process.env.BIMPE_CAMPAIGN;
// Records what an ordinary run tries.
const file = full ?? process.env.BIMPE_FIGURES;

/** Whether this is a campaign, which tries many more cases than an ordinary test run. */
export const campaign = () => full !== undefined;

/**
 * Adds what was measured to the file that the environment names; does nothing without one. `figures` is what was seen,
 * and `goal` gives the upper bounds for the same names.
 */
export function record(promise, what, runs, figures, goal) {
  if (file === undefined) return;
  const met = Object.entries(figures).every(([name, seen]) => seen <= goal[name]);
  appendFileSync(file, `${JSON.stringify({ promise, what, face: "Node", runs, figures, goal, met })}\n`);
}
