// A scripted server: each test says what to answer, and sees what was asked.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { BimpeAI, type ClientOptions } from "bimpe";

export const KEY = "sk_canary_4f81c2";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The client's port, by which connections differ. */
  port: number | undefined;
  /** Settles when the answer is sent or the connection is closed. */
  ended: Promise<unknown>;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** The whole body; a string is sent as it is. */
  body: unknown;
}

export interface Server {
  url: string;
  asked: Asked[];
  client(options?: ClientOptions): BimpeAI;
}

/** Starts a server that answers with what `reply` gives; `undefined` leaves the request without answer. */
export async function serve(reply: (asked: Asked, index: number) => Reply | undefined): Promise<Server> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const path = url.replace("/api/v1/console", "");
    const ended = once(response, "close");
    const port = request.socket.remotePort;
    asked.push({ method, path, headers, body: Buffer.concat(chunks).toString(), port, ended });
    const answer = reply(asked.at(-1) as Asked, asked.length - 1);
    if (answer === undefined) return;
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Neither server nor connections keep the process alive when the tests are done.
  server.unref().on("connection", (socket) => socket.unref());
  return { url, asked, client: (options) => new BimpeAI({ apiKey: KEY, baseUrl: url, ...options }) };
}

/** An answer with this data. */
export function ok(data: unknown, meta?: unknown): Reply {
  return { body: { message: "ok", data, ...(meta === undefined ? {} : { meta }) } };
}

/** Page `number` of `count` pages, each of which holds one agent. */
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
