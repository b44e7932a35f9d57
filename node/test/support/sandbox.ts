// The sandbox, in another process.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BimpeAI } from "bimpe";

/** The folder of the package. The tests run from `.build`. */
export const PACKAGE = join(__dirname, "../..");

/** The path of the built native module, in its package. */
export function nativeModule(): string {
  const folder = join(PACKAGE, "node_modules");
  const name = readdirSync(folder).find((entry) => entry.startsWith("bimpe-native-"));
  if (name === undefined) throw new Error("no native module: run `npm run build:native`");
  return join(folder, name, `bimpe.${name.slice("bimpe-native-".length)}.node`);
}

function command(): string {
  const builds = ["release", "debug"].map((profile) => join(PACKAGE, "../target", profile, "bimpe"));
  const found = process.env.BIMPE_BIN ?? builds.find((file) => existsSync(file));
  if (found === undefined)
    throw new Error("no `bimpe` command: run `cargo build -p bimpe-cli`, or set BIMPE_BIN");
  return found;
}

export interface Sandbox {
  client: BimpeAI;
  url: string;
  apiKey: string;
  agentId: string;
  workflowId: string;
  /** Resets the state. The keys and the ids above stay valid. */
  reset(): Promise<void>;
}

/** Starts a sandbox that ends with this process. */
export async function startSandbox(): Promise<Sandbox> {
  const child = spawn(command(), ["sandbox", "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill());
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code} before it was ready`)));
  });
  child.unref();
  (child.stdout as Socket).unref();
  const ready = JSON.parse(line) as { url: string; api_key: string; agent_id: string; workflow_id: string };
  return {
    client: new BimpeAI({ apiKey: ready.api_key, baseUrl: ready.url }),
    url: ready.url,
    apiKey: ready.api_key,
    agentId: ready.agent_id,
    workflowId: ready.workflow_id,
    async reset() {
      const response = await fetch(`${ready.url}/_sandbox/reset`, { method: "POST" });
      if (!response.ok) throw new Error(`the reset of the sandbox failed with status ${response.status}`);
    },
  };
}
