import { AbortError, type ErrorFacts } from "../errors/classes.js";
import { onAbort } from "./abort.js";
import type { NativeOutcome } from "./binding.js";
import { type Begin, post } from "./completion-queue.js";

/** Makes a native call that stops when one of the signals is aborted. `facts` are for the error then. */
export function abortable(
  operation: string,
  signals: readonly AbortSignal[],
  facts: ErrorFacts,
  begin: Begin,
): Promise<NativeOutcome> {
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) {
    const cause: unknown = aborted.reason;
    const unsent = { ...facts, may_have_been_applied: false, cause };
    throw new AbortError(`${operation} was aborted before it was sent`, unsent);
  }
  return new Promise((resolve, reject) => {
    let cancel: (() => void) | undefined;
    const callOff = signals.map((signal) =>
      onAbort(signal, () => {
        cancel?.();
        const cause: unknown = signal.reason;
        reject(new AbortError(`${operation} was aborted`, { ...facts, cause }));
      }),
    );
    cancel = post<NativeOutcome>(begin, (ended) => {
      resolve(ended);
      for (const off of callOff) off();
    });
  });
}
