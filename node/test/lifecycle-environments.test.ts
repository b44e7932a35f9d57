// Requests with the timers and globals of test runners, browsers and Electron: they succeed and keep the process
// alive.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { before, test } from "node:test";
import { listen } from "./support/listen.js";
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

let url: string;
before(async () => {
  url = await listen(server);
});

for (const kind of [
  "those of Node",
  "numbers before the import",
  "numbers after the import",
  "none",
  "mock.timers",
]) {
  test(`requests succeed and keep the process alive with timers: ${kind}`, async () => {
    const program = join(PACKAGE, "test/programs/timers.mjs");
    const { code, out } = await run(program, kind, url);
    assert.deepEqual([code, out.trim().split("\n")], [0, ["a1", "a2", "e1"]]);
  });
}

test("the package works in a context without Node's globals", async () => {
  const program = join(PACKAGE, "test/programs/context.mjs");
  const { code, out } = await run(program, PACKAGE, url);
  const expected = ["Zürich", "a1 Zürich", "Zürich", "AuthenticationError Zürich"];
  assert.deepEqual([code, out.trim().split("\n")], [0, expected]);
});
