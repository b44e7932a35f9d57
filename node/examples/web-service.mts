// Connect a web chat to an agent: POST /messages with {"visitor": "ada", "text": "Hello"} returns the reply.
//
// Reads BIMPEAI_API_KEY, BIMPEAI_BASE_URL, BIMPE_AGENT_ID and PORT. Prints its URL. SIGTERM ends it.

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { BimpeAI, RateLimitError, UserError, ValidationError, webchatUserId } from "bimpe";

const agentId = process.env.BIMPE_AGENT_ID ?? "";
// One client for all requests, because it holds the connections.
const bimpe = new BimpeAI({ timeout: 60_000 });

async function reply(request: IncomingMessage, signal: AbortSignal): Promise<{ text: string | null }> {
  const { visitor, text } = (await json(request)) as { visitor: string; text: string };
  const user = { channel_type: "webchat", channel_user_id: webchatUserId(visitor) } as const;
  const question = { message: text, ...user, is_test_channel: true };
  const { message } = await bimpe.conversations.ask(agentId, question, { signal });
  return { text: message };
}

/** Returns the status and the body of the response for an error. */
function errorResponse(error: unknown): [status: number, body: unknown] {
  if (error instanceof SyntaxError) return [400, { error: "the body is not JSON" }];
  if (error instanceof UserError) return [400, { error: error.message }];
  if (error instanceof ValidationError) return [400, { error: error.fieldErrors }];
  if (error instanceof RateLimitError) return [503, { error: "busy", retry_after: error.retryAfter }];
  // The log has the request id for the support. The visitor sees no detail.
  console.error(String(error));
  return [502, { error: "the agent is not available" }];
}

const server = createServer(async (request, response) => {
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.method !== "POST" || request.url !== "/messages") return send(404, { error: "not found" });
  // If the visitor leaves, the request to the API ends.
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return reply(request, gone.signal).then(
    (body) => send(200, body),
    (error: unknown) => send(...errorResponse(error)),
  );
});

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once("SIGTERM", () => {
  server.close(() => bimpe.close());
  server.closeIdleConnections();
});
