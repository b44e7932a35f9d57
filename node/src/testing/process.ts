import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { parseJson } from "../util/json.js";
import { messageOf } from "../util/warn.js";
import { SandboxError } from "./admin.js";

/** Milliseconds until the sandbox must be ready. */
const START_TIMEOUT = 30_000;

const MISSING =
  "the `bimpe` command is missing: run `npm install --save-dev bimpe-cli`, or set BIMPE_BIN to the path of the command";

/** The line that the sandbox prints when it is ready. */
export interface ReadyLine {
  url: string;
  api_key: string;
  agent_id: string;
  workflow_id: string;
}

/** Returns the path of the `bimpe` command: BIMPE_BIN, the package `bimpe-cli`, or a command on PATH. */
function findCommand(): string {
  if (process.env.BIMPE_BIN) return process.env.BIMPE_BIN;
  try {
    return (require("bimpe-cli") as { findBin(): string }).findBin();
  } catch {
    return "bimpe";
  }
}

/** A running sandbox. It ends at the end of its stdin, and so with this process even if this process is killed. */
export class SandboxProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(
    child: ChildProcess,
    readonly ready: ReadyLine,
  ) {
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
    // This process may end without `stop`.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket | null)?.unref();
  }

  static async start(args: readonly string[]): Promise<SandboxProcess> {
    const command = findCommand();
    const all = ["sandbox", "--port", "0", "--json", "--quiet", "--exit-with-parent", ...args];
    const child = spawn(command, all, { stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
    try {
      return new SandboxProcess(child, await readReadyLine(child, command));
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#child.ref();
    this.#child.stdin?.end();
    this.#child.kill();
    await this.#ended;
  }
}

function readReadyLine(child: ChildProcess, command: string): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new SandboxError(`\`${command} sandbox\` did not start: ${reason}`));
    };
    const timer = setTimeout(() => fail("timed out"), START_TIMEOUT);
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && command === "bimpe") reject(new SandboxError(MISSING));
      fail(error.message);
    });
    child.once("close", (code) =>
      fail(printedMessage(errors) || `it ended with ${code} and printed nothing`),
    );
    createInterface({ input: child.stdout as Socket }).once("line", (line) => {
      try {
        resolve(parseReadyLine(line));
        clearTimeout(timer);
      } catch (error) {
        fail(messageOf(error));
      }
    });
  });
}

function parseReadyLine(line: string): ReadyLine {
  const ready = parseJson(line) as Partial<ReadyLine> | null;
  if (ready?.url && ready.api_key && ready.agent_id && ready.workflow_id) return ready as ReadyLine;
  throw new Error("unexpected output, so it is not the `bimpe` command of this version");
}

/** Returns the message and the hint of an error that the command printed as JSON, or the whole output. */
function printedMessage(output: string): string {
  try {
    const { error } = parseJson(output) as { error: { message: string; hint: string | null } };
    return [error.message, error.hint].filter(Boolean).join("\n");
  } catch {
    return output.trim();
  }
}
