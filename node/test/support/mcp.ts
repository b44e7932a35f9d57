// The MCP server of tests/mcp_stub_server.py, in another process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PACKAGE } from "./sandbox.js";

/** Starts the server and returns its URL. The server ends with this process. */
export async function startMcpServer(): Promise<string> {
  const python = process.platform === "win32" ? "python" : "python3";
  const child = spawn(python, [join(PACKAGE, "../tests/mcp_stub_server.py")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as Socket).unref();
  return url;
}
