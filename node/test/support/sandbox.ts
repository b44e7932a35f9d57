// The local Console API, as its own process.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { BimpeAI } from "bimpe";

/** Where the package is; the tests run from `.build`. */
export const PACKAGE = join(__dirname, "../..");

function command(): string {
  const builds = ["release", "debug"].map((profile) => join(PACKAGE, "../target", profile, "bimpe"));
  const found = process.env.BIMPE_BIN ?? builds.find((file) => existsSync(file));
  if (found === undefined) throw new Error("no `bimpe` command: run `cargo build -p bimpe-cli`, or set BIMPE_BIN");
  return found;
}

/** Starts a sandbox that lives as long as the tests of this file, and gives a client of it. */
export async function startSandbox(): Promise<{ client: BimpeAI; url: string; apiKey: string }> {
  const child = spawn(command(), ["sandbox", "--port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  after(() => child.kill());
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith("{")) continue;
    const { url, api_key: apiKey } = JSON.parse(line) as { url: string; api_key: string };
    return { client: new BimpeAI({ apiKey, baseUrl: url }), url, apiKey };
  }
  throw new Error("the sandbox ended before it was ready");
}
