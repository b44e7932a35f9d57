// Requests that need a thread reject when the system refuses one. The process continues.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "./support/run.js";
import { PACKAGE } from "./support/sandbox.js";
import { ok, serve } from "./support/server.js";

const skip = process.platform !== "linux" && "other systems limit threads in another way";

test("a request without a free thread throws ConnectionError", { skip }, async (context) => {
  const { url } = await serve(() => ok({ id: "a1" }));
  const program = join(PACKAGE, "test/programs/thread-exhaustion.mjs");
  const { code, out, errors } = await run(program, url, url.replace("127.0.0.1", "localhost"));
  if (code === 77) return context.skip("prlimit is not installed");
  assert.deepEqual({ code, errors }, { code: 0, errors: "" });
  const lines = out.trim().split("\n");
  assert.equal(lines.length, 4);
  for (const line of lines) assert.match(line, /^ConnectionError http:\/\/\S+ could not be reached/);
  assert.ok(!out.includes("canary"));
});
