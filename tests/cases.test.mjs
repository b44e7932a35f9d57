// Runs cases/bad_input.json.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { bimpe, methodOf, readCases } from "./bimpe.mjs";
import { foreign, named, ownText } from "./names.mjs";

const table = readCases("bad_input");
const kinds = {
  user: bimpe.UserError,
  authentication: bimpe.AuthenticationError,
  bad_request: bimpe.BadRequestError,
  not_found: bimpe.NotFoundError,
};

let sandbox;
let sandboxProcess;
let counter;
let requests = 0;

before(async () => {
  const command = process.env.BIMPE_BIN ?? new URL("../target/release/bimpe", import.meta.url).pathname;
  sandboxProcess = spawn(command, ["sandbox", "--port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await new Promise((resolve) => sandboxProcess.stdout.once("data", (data) => resolve(String(data).split("\n"))));
  sandbox = JSON.parse(line);
  counter = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise((resolve) => counter.listen(0, "127.0.0.1", resolve));
});

after(() => {
  sandboxProcess.kill();
  counter.close();
});

function invoke(client, step, names) {
  const path = (step.path ?? []).map((id) => names[id] ?? id);
  const input = step.body ?? step.query;
  return methodOf(client, step.method)(...path, ...(input === undefined ? [] : [input]));
}

function check({ name, message_contains: words, body }, kind, error) {
  assert.equal(error.constructor, kinds[kind], `${name}: ${inspect(error)}`);
  // Fields of a body have the names of the API.
  const parts = body ? words : words.map(named);
  for (const part of parts) assert.ok(String(error).includes(part), `${name}: ${part} is not in: ${error}`);
  if (!body) assert.deepEqual(foreign(ownText(error)), [], String(error));
  const everything = `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
  assert.ok(!everything.includes("canary"), `${name}: ${everything}`);
}

async function failure(name, call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return assert.fail(`${name}: no error`);
}

for (const example of table.before_sending) {
  test(`before sending: ${example.name}`, async () => {
    const client = new bimpe.BimpeAI({ apiKey: "sk_test", baseUrl: `http://127.0.0.1:${counter.address().port}` });
    const error = await failure(example.name, () => invoke(client, example, {}));
    check(example, "user", error);
    assert.equal(requests, 0);
  });
}

for (const example of table.by_the_server) {
  test(`by the server: ${example.name}`, async () => {
    const client = new bimpe.BimpeAI({ apiKey: example.api_key ?? sandbox.api_key, baseUrl: sandbox.url });
    const names = { $agent: sandbox.agent_id };
    const error = await failure(example.name, async () => {
      for (const step of example.steps) names.$last = (await invoke(client, step, names)).id;
    });
    check(example, example.kind, error);
  });
}

for (const example of table.settings) {
  test(`settings: ${example.name}`, async () => {
    delete process.env.BIMPEAI_API_KEY;
    delete process.env.BIMPEAI_BASE_URL;
    const settings = {
      apiKey: example.api_key ?? undefined,
      baseUrl: example.base_url,
      maxRetries: example.max_retries,
    };
    const error = await failure(example.name, () => new bimpe.BimpeAI(settings));
    check(example, "user", error);
  });
}
