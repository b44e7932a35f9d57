// Route handlers of Hono and Express that forward a stream, as docs/web-services.md describes them.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { conversation, endsWithOpenStreams, forwards, program, Server } from "./support.mjs";

let ids;

before(async () => {
  ids = await conversation();
});

for (const name of ["hono", "express"]) {
  test(`${name} forwards a stream, closes it with its client, and ends at SIGTERM`, { timeout: 120_000 }, async () => {
    const server = await Server.start(process.execPath, [program(`${name}.mjs`)]);
    try {
      await forwards(server, ids);
      assert.equal(await endsWithOpenStreams(server, ids), 0);
    } finally {
      await server.stop("SIGKILL").catch(() => {});
    }
  });
}
