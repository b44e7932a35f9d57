// The fault server as a process, and what tests ask of it.

import { spawn } from "node:child_process";

/** Starts a server. `addresses` is what it printed. */
export async function startFaultServer() {
  const command = process.env.FAULT_SERVER ?? new URL("../target/release/bimpe-fault-server", import.meta.url).pathname;
  const child = spawn(command, [], { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  const addresses = JSON.parse(line);
  const ask = async (path, options) => (await fetch(`${addresses.url}/_fault/scenes${path}`, options)).json();
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
    stop: () => child.stdin.end(),
  };
}
