// The points of a call at which it can be given up, and how a test gets there.
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { BimpeAI, RequestOptions } from "bimpe";
import { asked, closed, type FaultServer, type Script, until } from "./faults.js";
import { PACKAGE } from "./sandbox.js";

interface Table {
  replies: Record<string, Script[number]>;
  points: { name: string; call: keyof typeof CALLS; replies: string[]; requests: number }[];
}

/** A call that takes a signal. */
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

const TABLE = JSON.parse(readFileSync(join(PACKAGE, "../tests/cases/points.json"), "utf8")) as Table;

/** Replies of the fault server by these names. */
export function replies(...names: string[]): Script {
  return names.map((name) => TABLE.replies[name] as Script[number]);
}

interface Point {
  call: Make;
  isStream: boolean;
  replies: Script;
  /** How many requests have come when the point is reached; 0 if the server does not see one. */
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

/** A server on which a call gets to a point and no further. */
export interface Reached {
  point: Point;
  baseUrl: string;
  /** Waits until the call has come there. */
  wait(): Promise<void>;
  requests(): Promise<number>;
  /** Waits until no connection is open; gives how many milliseconds that took. */
  closed(): Promise<number>;
}

export async function reach(name: string, faults: FaultServer): Promise<Reached> {
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
  const scene = await faults.scene(point.replies);
  // The server does not read what is sent, and so does not see the end behind it either.
  const sending = () => connections(scene.baseUrl).some(({ state, unsent }) => state === "01" && unsent);
  return {
    point,
    baseUrl: scene.baseUrl,
    requests: async () => (await scene.journal()).requests.length,
    wait: () => asked(scene, point.requests),
    closed: () => (name === "sending" ? until(() => !sending()) : closed(scene)),
  };
}

/** A server that sees no request. */
function unseen(point: Point, baseUrl: string, open: () => number): Reached {
  return {
    point,
    baseUrl,
    requests: async () => 0,
    wait: async () => void (await until(() => open() > 0)),
    closed: () => until(() => open() === 0),
  };
}

/** The address of a server that takes connections and says nothing. */
async function listening(count: (change: number) => void): Promise<string> {
  const server = createServer((socket) => {
    count(1);
    socket.on("close", () => count(-1)).on("error", () => {});
    socket.resume().unref();
  }).unref();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The connections of this machine to a server: the state, and whether something waits to be sent. */
function connections(url: string): { state: string | undefined; unsent: boolean }[] {
  const port = `:${Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote]) => remote?.endsWith(port))
    .map(([, , , state, queues]) => ({ state, unsent: !queues?.startsWith("00000000") }));
}
