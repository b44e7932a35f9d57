import { parseJson } from "../util/json.js";
import { snakeCase } from "../util/names.js";
import { messageOf } from "../util/warn.js";
import * as errors from "./classes.js";
import { FRAME_PREFIX } from "./frame-prefix.js";

/** The error classes by name. */
const CLASSES = Object.entries(errors);

// Explicit names, because minifiers rename classes.
for (const [name, Class] of CLASSES) Class.prototype.name = name;

/** The error classes by the engine's kind, such as `not_found` for `NotFoundError`. */
const BY_KIND = new Map([
  ...CLASSES.map(([name, Class]) => [snakeCase(name.replace(/Error$/, "")), Class] as const),
  ["timeout", errors.ConnectionTimeoutError],
]);

/** Creates an error from the engine's JSON text. */
export function errorFromJson(text: string): errors.BimpeAIError {
  return errorFromFields(parseJson(text) as object);
}

/** Creates an error from the engine's fields. */
export function errorFromFields(native: object): errors.BimpeAIError {
  const { cause, ...rest } = native as errors.ErrorFields & NativeError;
  const Class = BY_KIND.get(rest.kind) ?? errors.BimpeAIError;
  const fields: errors.ErrorFields = { ...rest };
  if (typeof cause === "object" && cause !== null) fields.cause = errorFromFields(cause);
  else if (rest.os_code != null) fields.cause = systemError(rest.message, rest.os_code);
  return new Class(rest.message, fields);
}

/** Fields of the engine that error objects do not keep. */
interface NativeError {
  kind: string;
  message: string;
  os_code?: string | null;
}

/** Creates the cause of a connection error, as Node's network functions throw it. */
function systemError(message: string, code: string): Error {
  const error: Error & { code?: string } = new Error(message);
  // The error was not thrown, so it has no frames.
  error.stack = `Error: ${message}`;
  error.code = code;
  return error;
}

/** The text that the loader of the WebAssembly module throws for objects of an instance that panicked. */
const STALE = "Invalid stale object from previous Wasm instance";

/** Returns a thrown value as an error of this package. `fields` belong to an unexpected value. */
export function toBimpeAIError(thrown: unknown, fields: errors.ErrorFields = {}): errors.BimpeAIError {
  if (thrown instanceof errors.BimpeAIError) return thrown;
  const message = messageOf(thrown);
  const text =
    message === STALE
      ? "the engine panicked before, which ended this client and its streams: create the client again"
      : `unexpected error in bimpe, please report it: ${message}`;
  return new errors.InternalError(text, { ...fields, cause: thrown });
}

/**
 * Returns a thrown value as an error of this package whose stack begins at the caller. For a promise, the stack begins at
 * its `await`, which V8 records without cost. A stack captured at each request would add a fifth to its cost.
 */
export function withCallerStack(thrown: unknown, caller?: Error): errors.BimpeAIError {
  const error = toBimpeAIError(thrown);
  try {
    captureCallerStack(error, caller);
  } catch {
    // `Error.prepareStackTrace` of the program threw, and would throw again when the stack is read.
    setStack(error, []);
  }
  return error;
}

function captureCallerStack(error: errors.BimpeAIError, caller: Error | undefined): void {
  // Some browsers lack it.
  if (typeof Error.captureStackTrace !== "function") return;
  Error.captureStackTrace(error, withCallerStack);
  // `Error.prepareStackTrace` of the program may return any type.
  if (typeof error.stack !== "string") return;
  const frames = framesOf(error.stack);
  // Browsers other than Chromium have frames of another form.
  if (frames.length === 0 && caller === undefined) return;
  const own = callerFrames(frames);
  setStack(error, own ?? callerFrames(framesOf(String(caller?.stack))) ?? frames);
}

function framesOf(stack: string): string[] {
  return stack.split("\n").filter((line) => line.startsWith("    at "));
}

/** Returns the frames from the caller on, or undefined without a frame of a caller. */
function callerFrames(frames: string[]): string[] | undefined {
  const others = frames.filter((line) => FRAME_PREFIX === undefined || !line.includes(FRAME_PREFIX));
  // Frames of `new Promise` and of the event loop come before the caller.
  const first = others.findIndex((line) => !/\((<anonymous>|node:internal\/|native:)/.test(line));
  return first < 0 ? undefined : others.slice(first);
}

const IS_BUN = "Bun" in globalThis;

/** Returns the stack of the caller of a method in Bun, which does not record the `await` of the caller. */
export function captureCaller(): Error | undefined {
  return IS_BUN ? new Error() : undefined;
}

function setStack(error: errors.BimpeAIError, frames: string[]): void {
  // `Object.defineProperty` would make V8 read the old stack first.
  error.stack = [String(error), ...frames].join("\n");
}

/** Runs a function. Errors that it throws are errors of this package whose stack begins at the caller. */
export function wrapErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw withCallerStack(error);
  }
}
