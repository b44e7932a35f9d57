import { emitWarning } from "./system.js";

/**
 * Emits a process warning for an error that must not change the result of a request. It never throws, even if the program
 * replaced the functions that it uses.
 */
export function warn(message: string, error: unknown): void {
  try {
    const warning = new Error(`${message}: ${stackOf(error)}`);
    warning.name = "BimpeHookWarning";
    emitWarning(warning);
  } catch {
    // A listener threw. No other way to report the error is left.
  }
}

/** Returns the stack of a thrown value, or its message. */
export function stackOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error && typeof thrown.stack === "string") return thrown.stack;
  } catch {
    // `Error.prepareStackTrace` of the program threw.
  }
  return messageOf(thrown);
}

/** Returns the message of a thrown value. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return "a value without text";
  }
}
