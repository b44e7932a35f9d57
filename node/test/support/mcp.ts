// A minimal MCP server with one tool over streamable HTTP.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const TOOL = { name: "stock", description: "Counts the items in stock", inputSchema: { type: "object" } };

const RESULTS: Record<string, (params: { protocolVersion?: string }) => unknown> = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "stock room", version: "1" },
  }),
  "tools/list": () => ({ tools: [TOOL] }),
};

/** Starts the server and returns its URL. It does not keep the process alive. */
export async function serveMcp(): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method !== "POST") return void response.writeHead(405).end();
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
    if (id === undefined) return void response.writeHead(202).end();
    const result = RESULTS[method]?.(params ?? {}) ?? {};
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref().on("connection", (socket) => socket.unref());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}
