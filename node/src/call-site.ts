import { sep } from "node:path";
import { asOurs } from "./raise.js";

const OURS = __dirname + sep;

/** The stack of whoever called the library, taken before the call leaves JavaScript. */
export class CallSite {
  /** The stack as text; V8 writes it only when it is read. */
  declare private readonly stack: string;

  /** Remembers the frames above the function `below`. */
  constructor(below: (...args: never[]) => unknown) {
    Error.captureStackTrace(this, below);
  }

  /** Runs a function; what it throws is ours, and points at the caller. */
  guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.stamp(asOurs(error));
    }
  }

  /** Gives the error the remembered stack, so that it points at the caller's line. */
  stamp<E extends Error>(error: E): E {
    const frames = this.stack.split("\n").filter((line) => line.startsWith("    at "));
    const callers = frames.filter((line) => !line.includes(OURS));
    const shown = callers.length > 0 ? callers : frames;
    Object.defineProperty(error, "stack", {
      value: [`${error.name}: ${error.message}`, ...shown].join("\n"),
      writable: true,
      configurable: true,
    });
    return error;
  }
}
