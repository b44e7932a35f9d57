/**
 * Reports a fault that may not change the outcome of a call, as a warning of the process. It never throws, whatever
 * programs and tests have put in the place of what it uses.
 *
 * @internal
 */
export function warn(what: string, fault: unknown): void {
  try {
    const warning = new Error(`${what}: ${textOf(fault)}`);
    warning.name = "BimpeHookWarning";
    // `process.emitWarning` emits it later, when a listener that throws would end the process.
    process.emit("warning", warning);
  } catch {
    // A listener threw: the fault was reported as far as it could be.
  }
}

/**
 * A thrown value as text, with its stack if it has one.
 *
 * @internal
 */
export function textOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error && typeof thrown.stack === "string") return thrown.stack;
  } catch {
    // `Error.prepareStackTrace` of the program threw.
  }
  return messageOf(thrown);
}

/**
 * What a thrown value says.
 *
 * @internal
 */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return "a value that has no text";
  }
}
