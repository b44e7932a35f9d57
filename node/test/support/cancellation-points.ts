// The points of a request at which tests cancel it.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { BimpeAI, RequestOptions } from "bimpe";
import { type FaultServer, type Script, waitForRequests, waitUntil, waitUntilClosed } from "./faults.js";
import { listen } from "./listen.js";
import { PACKAGE } from "./sandbox.js";

interface Table {
  replies: Record<string, Script[number]>;
  points: { name: string; call: keyof typeof CALLS; replies: string[]; requests: number }[];
}

/** Sends a request with a signal. */
type Make = (client: BimpeAI, signal: AbortSignal) => Promise<unknown>;

const options = (signal: AbortSignal): RequestOptions => ({ signal, timeout: 60_000 });

const CALLS = {
  retrieve: (client, signal) => client.agents.retrieve("cm1", options(signal)),
  update: (client, signal) => client.agents.update("cm1", { name: "Ada" }, options(signal)),
  upload: (client, signal) => {
    const body = { text: "x".repeat(32 << 20) };
    return client.request({ method: "POST", path: "/agents", body, ...options(signal) });
  },
  pages: async (client, signal) => {
    for await (const _ of client.agents.list({}, options(signal)));
  },
  stream: (client, signal) => client.conversations.messages.stream("cm1", "cm2", { signal }).next(),
} satisfies Record<string, Make>;

const TABLE = JSON.parse(
  readFileSync(join(PACKAGE, "../tests/cases/cancellation_points.json"), "utf8"),
) as Table;

/** Returns replies of the fault server by name. */
export function replies(...names: string[]): Script {
  return names.map((name) => TABLE.replies[name] as Script[number]);
}

interface Point {
  call: Make;
  isStream: boolean;
  replies: Script;
  /** Number of received requests at this point. 0 if the server receives none. */
  requests: number;
}

export const POINTS = new Map<string, Point>(
  TABLE.points.map((point) => [
    point.name,
    {
      call: CALLS[point.call],
      isStream: point.call === "stream",
      replies: replies(...point.replies),
      requests: point.requests,
    },
  ]),
);

/** A server on which a request stops at a point. */
export interface ReachedState {
  point: Point;
  baseUrl: string;
  /** Waits until the request is at the point. */
  wait(): Promise<void>;
  requests(): Promise<number>;
  /** Waits until no connection is open. Returns the time that this took, in milliseconds. */
  closed(): Promise<number>;
}

export async function reach(name: string, faults: FaultServer): Promise<ReachedState> {
  const point = POINTS.get(name) as Point;
  if (name === "connecting") {
    const { blackhole } = faults.addresses;
    return unseen(
      point,
      blackhole,
      () => connections(blackhole).filter(({ state }) => state === "02").length,
    );
  }
  if (name === "handshake") {
    let open = 0;
    const url = await listening((change) => {
      open += change;
    });
    return unseen(point, url, () => open);
  }
  const scenario = await faults.scenario(point.replies);
  // The server does not read the body, so it does not see the end of the connection.
  const sending = () => connections(scenario.baseUrl).some(({ state, unsent }) => state === "01" && unsent);
  return {
    point,
    baseUrl: scenario.baseUrl,
    requests: async () => (await scenario.requestLog()).requests.length,
    wait: () => waitForRequests(scenario, point.requests),
    closed: () => (name === "sending" ? waitUntil(() => !sending()) : waitUntilClosed(scenario)),
  };
}

/** Returns the state of a server that receives no request. */
function unseen(point: Point, baseUrl: string, open: () => number): ReachedState {
  return {
    point,
    baseUrl,
    requests: async () => 0,
    wait: async () => void (await waitUntil(() => open() > 0)),
    closed: () => waitUntil(() => open() === 0),
  };
}

/** Starts a server that accepts connections and sends nothing. Returns its URL. */
async function listening(count: (change: number) => void): Promise<string> {
  const server = createServer((socket) => {
    count(1);
    socket.on("close", () => count(-1)).on("error", () => {});
    socket.resume();
  });
  return (await listen(server)).replace("http:", "https:");
}

/** Returns the connections of this machine to a server: their state, and whether they have unsent data. */
function connections(url: string): { state: string | undefined; unsent: boolean }[] {
  const port = `:${Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote]) => remote?.endsWith(port))
    .map(([, , , state, queues]) => ({ state, unsent: !queues?.startsWith("00000000") }));
}
