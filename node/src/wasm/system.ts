// Functions of the runtime that the package uses as WebAssembly. `src/util/system.ts` has the functions of Node.
import { VERSION } from "../version.js";

/** The parts of Node's `process` that edge runtimes have. */
interface Process {
  env?: Readonly<Record<string, string | undefined>>;
}

/** Returns the value of an environment variable. */
export function environment(name: string): string | undefined {
  try {
    return (globalThis as { process?: Process }).process?.env?.[name];
  } catch {
    // Deno forbids it without a permission.
    return undefined;
  }
}

/** Returns the user agent of requests. Browsers send their own. */
export function userAgent(): string {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  const runtime = navigator?.userAgent ?? "unknown runtime";
  // A header takes no other characters, and a comment no parentheses.
  return `bimpe-node/${VERSION} (wasm; ${runtime.replace(/[^\x20-\x7e]|[()]/g, "")})`;
}

/** Shows a warning. */
export function emitWarning(warning: Error): void {
  console.warn(warning);
}

/** Shows a warning. */
export function emitWarningLater(message: string): void {
  console.warn(`BimpeWarning: ${message}`);
}

/** Writes a line of the log. */
export function writeLine(line: string): void {
  console.error(line);
}
