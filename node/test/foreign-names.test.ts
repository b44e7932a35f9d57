// Texts of the package hold no names in the form of another language.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BimpeAI, UserError } from "bimpe";
import { errorOf } from "./support/errors.js";
import { PACKAGE } from "./support/sandbox.js";
import { ok, serve } from "./support/server.js";

interface Names {
  names: string[];
}
const { names } = JSON.parse(readFileSync(join(PACKAGE, "../tests/cases/names.json"), "utf8")) as Names;

/** Returns the names in a text that belong to another language. */
function foreign(text: string): string[] {
  return names.filter((name) => new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`).test(text));
}

/** Returns the string literals of a source that have more than one word. */
function texts(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(?<=^|\s)\/\/.*$/gm, "");
  const found = code.match(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? [];
  return found.filter((text) => text.includes(" "));
}

test("no text of the package uses names of another language", () => {
  const folder = join(PACKAGE, "src");
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.m?ts$/.test(file)) continue;
    for (const text of texts(readFileSync(join(folder, file), "utf8"))) {
      assert.deepEqual(foreign(text), [], `${file}: ${text}`);
    }
  }
});

test("engine errors use the names of Node", async () => {
  const client = (await serve(() => ok({}))).client();
  const { integrations, knowledgeBases } = client.agents;
  const cases: [() => unknown, text: string][] = [
    [() => knowledgeBases.delete("a1", ""), "agents.knowledgeBases.delete: `kbId` is empty"],
    [() => knowledgeBases.delete("a1", 7 as never), "agents.knowledgeBases.delete: `kbId` must be a string"],
    [() => client.phoneNumbers.retrieve("request"), "phoneNumbers.retrieve: `phoneNumberId` is `request`"],
    [() => client.agents.retrieve("a1", { headers: { "idempotency-key": "k" } }), "use `idempotencyKey`"],
    [() => client.agents.retrieve("a1", { maxRetries: 11 }), "maxRetries must be at most 10"],
    [
      () => integrations.customApi.ensure("a1", {} as never, { onDifference: "ask" } as never),
      "`onDifference` must be one of",
    ],
    [() => new BimpeAI({ apiKey: "" }), "the API key from `apiKey` is empty"],
    [() => new BimpeAI({ apiKey: "sk_1", baseUrl: "http://api.bimpe.ai" }), "or all with allowInsecureHttp"],
    [
      () => client.conversations.messages.streamMany("a1", []),
      ": takes an array with at least one `conversationId`",
    ],
  ];
  for (const [call, text] of cases) {
    const error = await errorOf((async () => call())(), UserError);
    assert.ok(error.message.includes(text), `${text} is not in: ${error.message}`);
    assert.deepEqual(foreign(String(error)), [], String(error));
  }
  const refused = await knowledgeBases.delete("a1", "").catch((error: UserError) => error.fieldErrors);
  assert.deepEqual(refused, [{ path: "kbId", message: "is empty" }]);
});
