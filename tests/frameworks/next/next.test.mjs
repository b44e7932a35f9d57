// A Next.js app whose route handlers forward a stream, and run in its edge runtime, as the documentation describes them:
// built and started.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BUILD, conversation, endsWithOpenStreams, forwards, program, Server } from "../support.mjs";

const NEXT = join(import.meta.dirname, "node_modules/next/dist/bin/next");
const CONFIG = `export default { serverExternalPackages: ["bimpe"], turbopack: { root: "${import.meta.dirname}" } };\n`;
const LAYOUT = "export default ({ children }) => <html><body>{children}</body></html>;\n";

const title = "Next.js serves an edge route, forwards a stream, closes it with its client, and ends at SIGTERM";

test(title, { timeout: 600_000 }, async () => {
  program("app/agents/[agent]/conversations/[conversation]/messages/route.js");
  program("app/names/route.js", "edge.md");
  mkdirSync(join(BUILD, "app"), { recursive: true });
  writeFileSync(join(BUILD, "app/layout.jsx"), LAYOUT);
  writeFileSync(join(BUILD, "next.config.mjs"), CONFIG);
  // The build has no key, as in a pipeline.
  const { BIMPEAI_API_KEY: _, ...env } = process.env;
  const options = { cwd: BUILD, env: { ...env, NEXT_TELEMETRY_DISABLED: "1" }, stdio: ["ignore", "pipe", "inherit"] };
  execFileSync(process.execPath, [NEXT, "build"], options);
  const server = await Server.start(process.execPath, [NEXT, "start", "--port", "0"]);
  try {
    const response = await server.fetch("/names");
    assert.equal(response.status, 200);
    assert.ok((await response.json()).includes("Ada"));
    const ids = await conversation();
    await forwards(server, ids);
    const code = await endsWithOpenStreams(server, ids);
    assert.ok(code === 0 || code === 143, `exit code ${code}`);
  } finally {
    await server.stop("SIGKILL");
  }
});
