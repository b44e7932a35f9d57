// Functions of Node that the package uses. `src/wasm/system.ts` has the same functions for other runtimes.
import { VERSION } from "../version.js";

/** Returns the value of an environment variable. */
export function environment(name: string): string | undefined {
  return process.env[name];
}

/** Returns the user agent of requests. */
export function userAgent(): string {
  return `bimpe-node/${VERSION} (Node/${process.versions.node}; ${process.platform}/${process.arch})`;
}

/** Emits a process warning at once, for a caller that catches the errors of listeners. */
export function emitWarning(warning: Error): void {
  // `process.emitWarning` emits later, when a listener that throws would end the process.
  process.emit("warning", warning);
}

/** Emits a process warning after the current function has returned. */
export function emitWarningLater(message: string): void {
  process.emitWarning(message, "BimpeWarning");
}

/** Number of unfinished writes. */
let pendingWrites = 0;

/** Writes a line to standard error. */
export function writeLine(line: string): void {
  const { stderr } = process;
  // A closed pipe emits an error event, which would end the process without a listener.
  if (pendingWrites++ === 0) stderr.on("error", ignore);
  const done = () => {
    if (--pendingWrites === 0) stderr.off("error", ignore);
  };
  try {
    // The error event follows the callback of the stream by one tick.
    stderr.write(`${line}\n`, () => process.nextTick(() => process.nextTick(done)));
  } catch (error) {
    done();
    throw error;
  }
}

function ignore(): void {}
