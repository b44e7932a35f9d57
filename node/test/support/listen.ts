import type { AddressInfo, Server, Socket } from "node:net";

/** Starts a server at a free port and returns its URL. The server does not keep the process alive. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref().on("connection", (socket: Socket) => socket.unref());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
