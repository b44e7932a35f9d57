import { sep } from "node:path";
import type { BimpeAIError } from "./errors.js";
import { asOurs } from "./raise.js";

const OURS = __dirname + sep;

/**
 * What was thrown, as an error of ours whose stack begins at the caller: where the package is called or, of a promise,
 * where it is waited for. V8 knows the latter at no cost; to note at each call where it comes from would be a fifth of what
 * the call costs.
 *
 * @internal
 */
export function atCaller(thrown: unknown): BimpeAIError {
  const error = asOurs(thrown);
  Error.captureStackTrace(error, atCaller);
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  const others = frames.filter((line) => !line.includes(OURS));
  // Before callers stand `new Promise`, or the turn of Node's own loop.
  const first = others.findIndex((line) => !/\((<anonymous>|node:internal\/)/.test(line));
  const shown = first < 0 ? frames : others.slice(first);
  Object.defineProperty(error, "stack", {
    value: [`${error.name}: ${error.message}`, ...shown].join("\n"),
    writable: true,
    configurable: true,
  });
  return error;
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
