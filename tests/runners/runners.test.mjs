// `bimpe/testing` in real test runners, with the packed packages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { project, shell } from "../bundlers/support.mjs";

const USE = `
  let sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.start();
  });
  beforeEach(() => sandbox.reset());
  afterAll(() => sandbox.stop());

  test("renames an agent", async () => {
    const client = sandbox.client();
    await client.agents.update(sandbox.agentId, { name: "Support" });
    const [request] = await sandbox.requests("agents.update");
    expect(request.body).toEqual({ name: "Support" });
    await expect(client.agents.retrieve("missing")).rejects.toThrow(NotFoundError);
  });

  test("starts from the initial state", async () => {
    expect(await sandbox.requests()).toEqual([]);
    expect((await sandbox.client().agents.retrieve(sandbox.agentId)).name).not.toBe("Support");
  });

  test("fakes a page", async () => {
    expect(await fakePage(["a"]).collect()).toEqual(["a"]);
  });`;

const REQUIRE = `
  const { NotFoundError } = require("bimpe");
  const { fakePage, Sandbox } = require("bimpe/testing");`;

const IMPORT = `
  import { NotFoundError } from "bimpe";
  import { fakePage, Sandbox } from "bimpe/testing";`;

for (const environment of ["node", "jsdom"]) {
  test(`Jest with ${environment}`, async () => {
    const folder = project(`jest ${environment}`, {
      "agents.test.cjs": `/** @jest-environment ${environment} */ ${REQUIRE} ${USE}`,
    });
    await passes("jest --rootDir . --testMatch '**/*.test.cjs'", folder, /Tests: +3 passed/);
  });
}

for (const pool of ["forks", "threads"]) {
  test(`Vitest with ${pool}`, async () => {
    const globals = 'import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";';
    const folder = project(`vitest ${pool}`, { "agents.test.mjs": `${globals} ${IMPORT} ${USE}` });
    await passes(`vitest run --root . --pool ${pool}`, folder, /Tests +3 passed/);
  });
}

test("node:test, as documented", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/testing.md"), "utf8");
  const [, block] = /^```js\n(.*?)^```/ms.exec(page);
  const folder = project("node test", { "agents.test.mjs": block });
  await passes("node --test agents.test.mjs", folder, /pass 1$/m);
});

/** Runs the tests of a folder, without the sandbox and the test context of this process. */
async function passes(line, folder, summary) {
  const { failed, text } = await shell(`env -u BIMPE_BIN -u NODE_TEST_CONTEXT ${line} 2>&1`, folder);
  assert.ok(!failed, text);
  assert.match(text.replaceAll(/\u001b\[\d+m/g, ""), summary);
}
