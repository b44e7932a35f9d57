// A stream server that a test scripts. It counts its open connections.
import { createServer, type ServerResponse } from "node:http";
import { BimpeAI, type ClientOptions } from "bimpe";
import { listen } from "./listen.js";
import { KEY } from "./server.js";

/** A connection of a stream. */
export interface Opened {
  /** Number of earlier connections. */
  index: number;
  conversation: string;
  after: string | null;
  authorization: string | undefined;
  response: ServerResponse;
  /** Sends a part of the stream. */
  send(text: string): void;
  /** Closes the connection in the middle of the stream. */
  drop(): void;
}

export interface StreamServer {
  client: BimpeAI;
  /** Returns a client with these options. */
  connect(options: ClientOptions): BimpeAI;
  opened: Opened[];
  tickets: number;
  /** Number of open streams. */
  open: number;
  /** Waits until `count` streams are open. Fails after 2 seconds. */
  untilOpen(count: number): Promise<void>;
}

/** Returns an event in the format of the wire. */
export function event(id: string, text = id): string {
  const data = { id, conversation_id: "c1", role: "user", message: text, created_at: "2026-01-01T00:00:00Z" };
  return `id: ${id}\nevent: message\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Starts a server that issues tickets and passes each stream to `script`. */
export async function serveStreams(script: (opened: Opened) => void): Promise<StreamServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    request.resume();
    if (url.pathname.endsWith("/stream-ticket")) {
      state.tickets++;
      const data = { ticket: `ticket-${state.tickets}`, expires_in: 60 };
      response.writeHead(201, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ message: "ok", data }));
    }
    state.open++;
    response.once("close", () => state.open--);
    const opened: Opened = {
      index: state.opened.length,
      conversation: /conversations\/([^/]+)/.exec(url.pathname)?.[1] ?? "",
      after: url.searchParams.get("after"),
      authorization: request.headers.authorization,
      response,
      send(text) {
        if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(text);
      },
      drop: () => void response.socket?.destroy(),
    };
    state.opened.push(opened);
    script(opened);
  });
  const baseUrl = await listen(server);
  const state: StreamServer = {
    client: new BimpeAI({ apiKey: KEY, baseUrl }),
    connect: (options) => new BimpeAI({ apiKey: KEY, baseUrl, ...options }),
    opened: [],
    tickets: 0,
    open: 0,
    async untilOpen(count) {
      for (let waited = 0; state.open !== count; waited += 10) {
        if (waited > 2000) throw new Error(`${state.open} streams are open, not ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
  return state;
}
