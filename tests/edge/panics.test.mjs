// A module that panics on request, in Node: the panic becomes an error, and the next client works.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startFaultServer } from "../fault-server.mjs";
import { importEntry, project } from "./runtimes.mjs";

let server;
let bimpe;

before(async () => {
  server = await startFaultServer();
  const folder = join(project, "panicking");
  cpSync(join(project, "node_modules/bimpe/dist/wasm"), folder, { recursive: true });
  cpSync(process.env.PANICKING_WASM, folder, { recursive: true });
  bimpe = await importEntry(folder);
});

after(() => server.stop());

for (const place of ["prepare", "response"]) {
  test(`a panic is an InternalError with its location: ${place}`, async () => {
    const { baseUrl } = await server.scenario([{ body: { data: { id: "a1" } } }], "repeat");
    const settings = { apiKey: "sk_canary", baseUrl };
    const client = new bimpe.BimpeAI(settings);
    const stream = client.conversations.messages.stream("a1", "c1");
    const isEnded = (text) => (error) => {
      assert.ok(error instanceof bimpe.InternalError, error.stack);
      assert.match(error.message, text);
      assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes("canary"), error.stack);
      return true;
    };
    await assert.rejects(
      client.agents.retrieve("canary", { headers: { "x-panic": place } }),
      isEnded(/the engine panicked at \S+execute\.rs:\d+, which is a bug in bimpe; .*create the client again/),
    );
    // They belong to the instance that ended.
    for (const use of [() => client.agents.retrieve("a1"), () => stream.next()]) {
      await assert.rejects(use, isEnded(/the engine panicked before, .*create the client again/));
    }
    assert.deepEqual(await new bimpe.BimpeAI(settings).agents.retrieve("a1"), { id: "a1" });
  });
}
