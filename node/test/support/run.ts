// A program beside the tests, run from start to end.
import { execFile } from "node:child_process";

export interface Ended {
  /** The exit code, or the name of what ended it. */
  code: unknown;
  out: string;
  errors: string;
}

/** Runs a program in a Node of its own, for less than a minute. */
export function run(program: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: 50_000 }, (error, out, errors) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), out, errors });
    });
  });
}
