// A panic of the engine is an error, and the process lives on.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { figures } from "./support/figures.js";
import { PACKAGE } from "./support/sandbox.js";
import { ok, serve } from "./support/server.js";

const skip = process.platform !== "linux" && "the limit of threads works otherwise here";

test("a panic is an error", { skip }, async (context: TestContext) => {
  const { url } = await serve(() => ok({ id: "a1" }));
  const program = join(PACKAGE, "test/programs/panicking.mjs");
  const [code, out, errors] = await new Promise<[unknown, string, string]>((resolve) => {
    execFile(
      process.execPath,
      [program, url, url.replace("127.0.0.1", "localhost")],
      (error, stdout, stderr) => {
        resolve([error?.code ?? 0, stdout, stderr]);
      },
    );
  });
  if (code === 77) return context.skip("there is no prlimit here");
  const outcomes = out.trim().split("\n");
  const ours = outcomes.filter((line) => line.startsWith("InternalError bimpe met a fault of its own"));
  const seen = {
    "panics that were no InternalError": outcomes.length - ours.length,
    "processes that died": Number(code !== 0),
  };
  const goal = { "panics that were no InternalError": 0, "processes that died": 0 };
  (await figures).record(19, "panics of the engine in calls and a stream", outcomes.length, seen, goal);
  assert.equal(code, 0, errors);
  assert.equal(ours.length, 4, out);
  // Where it happened is told, what it was about is not.
  const told = errors.trim().split("\n");
  assert.equal(told.length, outcomes.length);
  for (const line of told) assert.match(line, /^bimpe: the engine panicked at /);
  assert.ok(!`${out}${errors}`.includes("canary"));
});
