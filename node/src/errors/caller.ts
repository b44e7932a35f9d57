import type { BimpeAIError } from "./classes.js";
import { asOurs } from "./factory.js";
import { FRAME_PREFIX } from "./frame-prefix.js";

/**
 * What was thrown, as an error of ours whose stack begins at the caller: where the package is called or, of a promise,
 * where it is waited for. V8 knows the latter at no cost; to note at each call where it comes from would be a fifth of what
 * the call costs.
 *
 * @internal
 */
export function atCaller(thrown: unknown): BimpeAIError {
  const error = asOurs(thrown);
  try {
    point(error);
  } catch {
    // `Error.prepareStackTrace` of the program threw, and would again whenever the stack is read.
    setStack(error, []);
  }
  return error;
}

function point(error: BimpeAIError): void {
  Error.captureStackTrace(error, atCaller);
  // It is whatever `Error.prepareStackTrace` of the program makes of it.
  if (typeof error.stack !== "string") return;
  const frames = error.stack.split("\n").filter((line) => line.startsWith("    at "));
  const others = frames.filter((line) => FRAME_PREFIX === undefined || !line.includes(FRAME_PREFIX));
  // Before callers stand `new Promise`, or the turn of Node's own loop.
  const first = others.findIndex((line) => !/\((<anonymous>|node:internal\/)/.test(line));
  setStack(error, first < 0 ? frames : others.slice(first));
}

function setStack(error: BimpeAIError, frames: string[]): void {
  // To define the property would make V8 read it before.
  error.stack = [String(error), ...frames].join("\n");
}

/**
 * Runs a function; what it throws is ours, and points at the caller.
 *
 * @internal
 */
export function guard<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw atCaller(error);
  }
}
