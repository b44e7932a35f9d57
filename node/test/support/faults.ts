// The fault server for these tests; what it can do stands in tests/fault-server/README.md.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE } from "./sandbox.js";

export type Script = Record<string, unknown>[];

/** What came to a scene so far. */
export interface Journal {
  requests: { method: string; target: string; answered: boolean }[];
  /** How many connections are open. */
  open: number;
}

/** The script of one test. */
export interface Scene {
  baseUrl: string;
  journal(): Promise<Journal>;
}

export interface FaultServer {
  /** `blackhole`: an address at which connections neither open nor fail. */
  addresses: { blackhole: string };
  scene(replies: Script, last?: "refuse" | "repeat" | "cycle"): Promise<Scene>;
  stop(): void;
}

/** Starts a fault server; it lives until it is stopped. */
export async function startFaults(): Promise<FaultServer> {
  const { href } = pathToFileURL(join(PACKAGE, "../tests/fault-server.mjs"));
  const { startFaultServer } = (await import(href)) as { startFaultServer(): Promise<FaultServer> };
  return startFaultServer();
}

/** Waits until the condition holds; gives how many milliseconds that took. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > 10_000) throw new Error("it has not come true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - started;
}

/** Waits until no connection of the scene is open; gives how many milliseconds that took. */
export function closed(scene: Scene): Promise<number> {
  return until(async () => (await scene.journal()).open === 0);
}

/** Waits until so many requests have come to the scene. */
export async function asked(scene: Scene, count: number): Promise<void> {
  await until(async () => (await scene.journal()).requests.length >= count);
}
