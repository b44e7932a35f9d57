// The fault server as a process, and what tests ask of it.

import { spawn } from "node:child_process";

/** Starts a server. `addresses` is what it printed. */
export async function startFaultServer() {
  const command = process.env.FAULT_SERVER ?? new URL("../target/release/bimpe-fault-server", import.meta.url).pathname;
  const child = spawn(command, [], { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  const addresses = JSON.parse(line);
  const ask = async (path, options, of = "scenes") =>
    (await fetch(`${addresses.url}/_fault/${of}${path}`, options)).json();
  return {
    addresses,
    /** A new scene; tests/fault-server/README.md says what replies are. */
    async scene(replies, last = "refuse") {
      const { scene, base_url } = await ask("", { method: "POST", body: JSON.stringify({ replies, last }) });
      return {
        baseUrl: base_url,
        /** The scene's address below an encrypted listener; `plain` is none, and only looks like one. */
        over: (listener) => `${addresses.tls[listener] ?? addresses.url.replace("http:", "https:")}/${scene}`,
        journal: () => ask(`/${scene}`),
      };
    },
    /** A new server of HTTP/2: its number and its `base_url`. */
    http2: (script) => ask("", { method: "POST", body: JSON.stringify(script) }, "http2"),
    /** The base URL of a new nginx that ends a connection after so many requests; null where none is installed. */
    nginx: async (requests) => (await ask(`/${requests}`, { method: "POST" }, "nginx")).base_url,
    http2Journal: (number) => ask(`/${number}`, {}, "http2"),
    stop: () => child.stdin.end(),
  };
}
