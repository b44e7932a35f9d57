// Mocks of other HTTP clients do not see the requests of this package, as docs/testing.md says.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { bimpe } from "./bimpe.mjs";
import { startFaultServer } from "./fault-server.mjs";

// nock uses the interceptors of msw.
const nock = createRequire(new URL("peers/package.json", import.meta.url))("nock");
nock.restore(); // importing it replaces `fetch`

let server;

before(async () => {
  server = await startFaultServer();
});

after(() => server.stop());

test("nock and msw neither reply to a request nor stop it", async () => {
  const { baseUrl } = await server.scenario([{ body: { data: { id: "real" } } }]);
  nock.activate();
  nock.disableNetConnect();
  nock(new URL(baseUrl).origin)
    .persist()
    .get(/./)
    .reply(200, { data: { id: "mocked" } });
  const mocked = await (await fetch(baseUrl)).json();
  assert.equal(mocked.data.id, "mocked");
  const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl });
  assert.equal((await client.agents.retrieve("cm1")).id, "real");
  nock.restore();
});
