import { AbortError, type ErrorFields } from "../errors/classes.js";
import { warn } from "../util/warn.js";
import type { NativeResult } from "./binding.js";

/** The callbacks of each signal. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Runs a callback when the signal is aborted. Returns a function that removes the callback. All callbacks of a signal
 * share one listener, because Node warns of more than ten.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let all = callbacks.get(signal);
  if (all === undefined) {
    all = new Set();
    callbacks.set(signal, all);
  }
  if (all.size === 0) signal.addEventListener("abort", runCallbacks);
  all.add(callback);
  return () => {
    if (!all.delete(callback) || all.size > 0) return;
    try {
      signal.removeEventListener("abort", runCallbacks);
    } catch (error) {
      // The request has already ended, so the error must not change its result.
      warn("removeEventListener of an AbortSignal threw", error);
    }
  };
}

function runCallbacks(event: Event): void {
  for (const callback of [...(callbacks.get(event.target as AbortSignal) ?? [])]) callback();
}

/** Sends a request and returns a function that cancels it. */
type Send = (receive: (result: NativeResult) => void) => () => void;

/** Sends a request that stops when a signal is aborted. `fields` are the fields of the abort error. */
export function sendAbortable(
  operation: string,
  signals: readonly AbortSignal[],
  fields: ErrorFields,
  send: Send,
): Promise<NativeResult> {
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) {
    const cause: unknown = aborted.reason;
    const unsent = { ...fields, may_have_been_applied: false, cause };
    throw new AbortError(`${operation} was aborted before it was sent`, unsent);
  }
  return new Promise((resolve, reject) => {
    let cancel: (() => void) | undefined;
    const removeCallbacks = signals.map((signal) =>
      onAbort(signal, () => {
        cancel?.();
        const cause: unknown = signal.reason;
        reject(new AbortError(`${operation} was aborted`, { ...fields, cause }));
      }),
    );
    cancel = send((result) => {
      resolve(result);
      for (const remove of removeCallbacks) remove();
    });
  });
}
