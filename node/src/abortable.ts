import { onAbort } from "./abort.js";
import type { CancelHandle, NativeOutcome } from "./binding.js";
import { AbortError, type ErrorFacts } from "./errors.js";
import { native } from "./native.js";

/** Makes a native call that stops when one of the signals is aborted. `facts` are for the error then. */
export function abortable(
  operation: string,
  signals: readonly AbortSignal[],
  facts: ErrorFacts,
  start: (handle: CancelHandle) => Promise<NativeOutcome>,
): Promise<NativeOutcome> {
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) {
    const cause: unknown = aborted.reason;
    const unsent = { ...facts, may_have_been_applied: false, cause };
    throw new AbortError(`${operation} was aborted before it was sent`, unsent);
  }
  const handle = new (native().CancelHandle)();
  return new Promise((resolve, reject) => {
    const callOff = signals.map((signal) =>
      onAbort(signal, () => {
        handle.cancel();
        const cause: unknown = signal.reason;
        reject(new AbortError(`${operation} was aborted`, { ...facts, cause }));
      }),
    );
    start(handle)
      .then(resolve, reject)
      .finally(() => {
        for (const off of callOff) off();
      });
  });
}
