// Runs programs in another process.
import { execFile } from "node:child_process";

export interface CompletedProgram {
  /** The exit code, or the signal that ended the program. */
  code: unknown;
  out: string;
  errors: string;
}

/** Runs a program in a new Node process, for less than a minute. */
export function run(program: string, ...args: string[]): Promise<CompletedProgram> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: 50_000 }, (error, out, errors) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), out, errors });
    });
  });
}
