// A server with scripted replies that records its requests.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { BimpeAI, type ClientOptions } from "bimpe";
import { listen } from "./listen.js";

export const KEY = "sk_canary_4f81c2";

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The port of the client, which identifies the connection. */
  port: number | undefined;
  /** Settles when the response is sent or the connection is closed. */
  ended: Promise<unknown>;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** The body. A string is sent unchanged, another value as JSON. */
  body: unknown;
}

export interface Server {
  url: string;
  requests: ReceivedRequest[];
  client(options?: ClientOptions): BimpeAI;
}

/** Starts a server that responds with the result of `reply`, or not at all if it is `undefined`. */
export async function serve(
  reply: (request: ReceivedRequest, index: number) => Reply | undefined,
): Promise<Server> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const path = url.replace("/api/v1/console", "");
    const ended = once(response, "close");
    const port = request.socket.remotePort;
    requests.push({ method, path, headers, body: Buffer.concat(chunks).toString(), port, ended });
    const scripted = reply(requests.at(-1) as ReceivedRequest, requests.length - 1);
    if (scripted === undefined) return;
    response.writeHead(scripted.status ?? 200, { "content-type": "application/json", ...scripted.headers });
    response.end(typeof scripted.body === "string" ? scripted.body : JSON.stringify(scripted.body));
  });
  const url = await listen(server);
  return { url, requests, client: (options) => new BimpeAI({ apiKey: KEY, baseUrl: url, ...options }) };
}

/** Returns a successful reply with this data. */
export function ok(data: unknown, meta?: unknown): Reply {
  return { body: { message: "ok", data, ...(meta === undefined ? {} : { meta }) } };
}

/** Returns page `number` of `count` pages with one agent each. */
export function agentPage(number: number, count: number): Reply {
  const meta = {
    total_count: count,
    page_count: count,
    current_page: number,
    limit: 1,
    has_next_page: number < count,
    has_previous_page: number > 1,
  };
  return ok([{ id: `agent-${number}`, name: `Agent ${number}` }], meta);
}
