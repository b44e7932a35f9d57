// The npm package as WebAssembly in Deno, Bun and Chromium, and the size of the module.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { startFaultServer } from "../fault-server.mjs";
import { table, testFaults } from "./outcomes.mjs";
import { chromiumWith, program, project } from "./runtimes.mjs";

const tools = join(import.meta.dirname, "more/node_modules");
const DENO = join(tools, ".bin/deno");
const BUN = join(tools, "@oven/bun-linux-x64-baseline/bin/bun");

/** Limit of the module, compressed, because each page loads the module. */
const MAX_GZIPPED_BYTES = 350 * 1024;

let server;

before(async () => {
  writeFileSync(join(project, "call.mjs"), readFileSync(join(import.meta.dirname, "call.mjs")));
  // Bun would load the native module.
  const own = readFileSync(join(project, "call.mjs"), "utf8");
  writeFileSync(join(project, "call-wasm.mjs"), own.replace('"bimpe"', '"./node_modules/bimpe/dist/wasm/browser.mjs"'));
  writeFileSync(
    join(project, "server.mjs"),
    `const isDeno = "Deno" in globalThis;
     const { call } = await import(isDeno ? "./call.mjs" : "./call-wasm.mjs");
     const fetch = async (request) => Response.json(await call(await request.json()));
     const options = { port: 0, hostname: "127.0.0.1", idleTimeout: 120 };
     const { port } = isDeno ? Deno.serve({ ...options, onListen() {} }, fetch).addr : Bun.serve({ ...options, fetch });
     console.log("http://127.0.0.1:" + port);`,
  );
  server = await startFaultServer();
});

after(() => server?.stop());

test("the module is small", () => {
  const size = gzipSync(readFileSync(join(project, "node_modules/bimpe/dist/wasm/bimpe.wasm")), { level: 9 }).length;
  console.log(`bimpe.wasm: ${size} bytes, compressed`);
  assert.ok(size <= MAX_GZIPPED_BYTES, `${size} bytes`);
});

const RUNTIMES = {
  Deno: { start: () => program(DENO, "run", "--allow-net", "--allow-env", "--allow-read") },
  Bun: { start: () => program(BUN, "run") },
  // The fault server sends no CORS headers.
  Chromium: {
    start: () => chromiumWith(join(project, "call.mjs"), { args: ["--disable-web-security"] }),
    settings: { dangerouslyAllowBrowser: true },
  },
};

for (const [name, { start, settings: own }] of Object.entries(RUNTIMES)) {
  describe(name, () => {
    let runtime;
    const call = (input) => runtime.call({ ...input, settings: { ...input.settings, ...own } });
    before(async () => {
      runtime = await start();
    });
    after(() => runtime?.stop());

    testFaults(name, () => server, call);
    if (name !== "Chromium") return;

    test("an API key is refused", async () => {
      const { error } = await runtime.call({ settings: { apiKey: table.api_key }, method: "agents.list" });
      assert.match(error.text, /UserError: an API key in a browser is refused.*`dangerouslyAllowBrowser: true`/);
    });
  });
}
