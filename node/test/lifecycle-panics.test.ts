// A panic of the engine becomes an error, and the process continues.
import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { results } from "./support/results.js";
import { run } from "./support/run.js";
import { nativeModule, PACKAGE } from "./support/sandbox.js";
import { ok, serve } from "./support/server.js";

const MODULE = process.env.PANICKING_NODE ?? join(PACKAGE, "../target/debug/libbimpe_node.so");
const ENTRIES = ["call", "write", "signal", "page", "walk", "request", "helper", "stream", "streams"];
const GOAL = { "panics without InternalError": 0, "processes that died": 0 };

const folder = mkdtempSync(join(tmpdir(), "bimpe-panics-"));
const program = join(folder, "panicking.mjs");

// The built package with a native module that panics on request.
before(() => {
  const copy = join(folder, "node_modules/bimpe");
  mkdirSync(copy, { recursive: true });
  cpSync(join(PACKAGE, "dist"), join(copy, "dist"), { recursive: true });
  copyFileSync(join(PACKAGE, "package.json"), join(copy, "package.json"));
  const own = nativeModule();
  const native = join(folder, "node_modules", basename(dirname(own)));
  mkdirSync(native);
  writeFileSync(join(native, "package.json"), JSON.stringify({ main: basename(own) }));
  copyFileSync(MODULE, join(native, basename(own)));
  copyFileSync(join(PACKAGE, "test/programs/panicking.mjs"), program);
});

after(() => rmSync(folder, { recursive: true }));

for (const place of ["prepare", "response"]) {
  test(`a panic is an InternalError and the process continues: ${place}`, async () => {
    const { url } = await serve(() => ok({ id: "a1" }));
    const { code, out, errors } = await run(program, url, place);
    const lines = out.split("\n").filter(Boolean);
    const ours = lines
      .map((line) => JSON.parse(line) as Record<"entry" | "name" | "message", string>)
      .filter(
        ({ name, message }) =>
          name === "InternalError" && message.includes("the engine panicked, which is a bug in bimpe"),
      );
    const seen = {
      "panics without InternalError": ENTRIES.length - ours.length,
      "processes that died": Number(code !== 0),
    };
    const what = `panics of the engine in every kind of request (place: ${place})`;
    (await results).record(19, what, ENTRIES.length, seen, GOAL);
    assert.equal(code, 0, errors);
    assert.deepEqual(
      ours.map(({ entry }) => entry),
      ENTRIES,
      out,
    );
    // The message has the place of the panic and no data.
    const messages = errors.trim().split("\n");
    assert.ok(messages.length >= ENTRIES.length);
    for (const line of messages) assert.match(line, /^bimpe: the engine panicked at /);
    assert.ok(!`${out}${errors}`.includes("canary"));
  });
}
