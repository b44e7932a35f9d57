// Runs the fault server as a process and sends control requests to it.

import { spawn } from "node:child_process";

/** Starts a server. `addresses` has the addresses that it printed. */
export async function startFaultServer() {
  const command = process.env.FAULT_SERVER ?? new URL("../target/release/bimpe-fault-server", import.meta.url).pathname;
  const child = spawn(command, [], { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  const addresses = JSON.parse(line);
  const control = async (path, options, of = "scenarios") =>
    (await fetch(`${addresses.url}/_fault/${of}${path}`, options)).json();
  return {
    addresses,
    /** Creates a scenario. tests/fault-server/README.md describes the replies. */
    async scenario(replies, last = "refuse") {
      const { scenario, base_url } = await control("", { method: "POST", body: JSON.stringify({ replies, last }) });
      return {
        baseUrl: base_url,
        /** Returns the scenario's URL at a TLS listener. `plain` is an https URL of a port without TLS. */
        over: (listener) => `${addresses.tls[listener] ?? addresses.url.replace("http:", "https:")}/${scenario}`,
        requestLog: () => control(`/${scenario}`),
      };
    },
    /** Starts an HTTP/2 server. Returns its number and its `base_url`. */
    http2: (script) => control("", { method: "POST", body: JSON.stringify(script) }, "http2"),
    /** Starts an nginx that ends each connection after `requests` requests. Returns its base URL, or null without nginx. */
    nginx: async (requests) => (await control(`/${requests}`, { method: "POST" }, "nginx")).base_url,
    http2Counters: (number) => control(`/${number}`, {}, "http2"),
    stop: () => child.stdin.end(),
  };
}
