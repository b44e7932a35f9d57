import { warn } from "../util/warn.js";

/** What waits for each signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls a function when the signal is aborted; gives a function that calls this off. However many calls share a
 * signal, it has one listener: Node warns of more than ten.
 *
 * @internal
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  let runs = waiting.get(signal);
  if (runs === undefined) {
    runs = new Set();
    waiting.set(signal, runs);
  }
  if (runs.size === 0) signal.addEventListener("abort", tell);
  runs.add(run);
  return () => {
    if (!runs.delete(run) || runs.size > 0) return;
    try {
      signal.removeEventListener("abort", tell);
    } catch (fault) {
      // What the signal watched has ended already.
      warn("removeEventListener of an AbortSignal threw", fault);
    }
  };
}

function tell(event: Event): void {
  for (const run of [...(waiting.get(event.target as AbortSignal) ?? [])]) run();
}
