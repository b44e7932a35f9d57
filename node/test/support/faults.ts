// The fault server. Its documentation is tests/fault-server/README.md.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE } from "./sandbox.js";

export type Script = Record<string, unknown>[];

/** The requests and connections of a scenario so far. */
export interface RequestLog {
  requests: { method: string; target: string; key: string | null }[];
  /** Number of open connections. */
  open: number;
}

/** The script of one test. */
export interface Scenario {
  baseUrl: string;
  requestLog(): Promise<RequestLog>;
}

export interface FaultServer {
  /** `blackhole`: an address at which connections neither open nor fail. */
  addresses: { blackhole: string };
  scenario(replies: Script, last?: "refuse" | "repeat" | "cycle"): Promise<Scenario>;
  stop(): void;
}

/** Starts a fault server, which runs until it is stopped. */
export async function startFaults(): Promise<FaultServer> {
  const { href } = pathToFileURL(join(PACKAGE, "../tests/fault-server.mjs"));
  const { startFaultServer } = (await import(href)) as { startFaultServer(): Promise<FaultServer> };
  return startFaultServer();
}

/** Waits until the condition is true. Returns the time that this took, in milliseconds. */
export async function waitUntil(holds: () => boolean | Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > 10_000) throw new Error("the condition was not true within 10 seconds");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - started;
}

/** Waits until no connection of the scenario is open. Returns the time that this took, in milliseconds. */
export function waitUntilClosed(scenario: Scenario): Promise<number> {
  return waitUntil(async () => (await scenario.requestLog()).open === 0);
}

/** Waits until the scenario has received `count` requests. */
export async function waitForRequests(scenario: Scenario, count: number): Promise<void> {
  await waitUntil(async () => (await scenario.requestLog()).requests.length >= count);
}
