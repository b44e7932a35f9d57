// Requests with the timers and globals of test runners, browsers and Electron: they succeed and keep the process
// alive.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "./support/run.js";
import { PACKAGE } from "./support/sandbox.js";
import { event } from "./support/stream-server.js";

/** Delay of the server in milliseconds. A process that is not kept alive ends earlier. */
const PAUSE = 200;

const server = createServer((request, response) => {
  request.resume();
  const path = new URL(request.url ?? "", "http://x").pathname;
  setTimeout(() => {
    if (path.endsWith("/stream")) {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(event("e1"));
      return;
    }
    const data = path.endsWith("/stream-ticket")
      ? { ticket: "t", expires_in: 60 }
      : { id: path.split("/").at(-1) };
    response.writeHead(path.endsWith("/refused") ? 401 : 201, {
      "content-type": "application/json",
      "x-kind": "Zürich",
    });
    response.end(JSON.stringify({ message: "ok", data }));
  }, PAUSE);
});

before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));

after(() => {
  server.close();
  server.closeAllConnections();
});

for (const kind of [
  "those of Node",
  "numbers before the import",
  "numbers after the import",
  "none",
  "mock.timers",
]) {
  test(`timers: ${kind}`, async () => {
    const { port } = server.address() as AddressInfo;
    const program = join(PACKAGE, "test/programs/timers.mjs");
    const { code, out } = await run(program, kind, `http://127.0.0.1:${port}`);
    assert.deepEqual([code, out.trim().split("\n")], [0, ["a1", "a2", "e1"]]);
  });
}

test("the package works in a context without Node's globals", async () => {
  const { port } = server.address() as AddressInfo;
  const program = join(PACKAGE, "test/programs/context.mjs");
  const { code, out } = await run(program, PACKAGE, `http://127.0.0.1:${port}`);
  const expected = ["Zürich", "a1 Zürich", "Zürich", "AuthenticationError Zürich"];
  assert.deepEqual([code, out.trim().split("\n")], [0, expected]);
});
