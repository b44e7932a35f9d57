// Completions and error messages of an editor. The language service is that of TypeScript 5, because TypeScript 7 exports
// none.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import ts = require("../../tests/peers/node_modules/typescript");

import { PACKAGE } from "./support/sandbox.js";

const FILE = join(PACKAGE, ".build/editor.mts");
const HEAD = `import { BimpeAI } from "bimpe";
const client = new BimpeAI();
const { bimpeai, customApi, mcpServer } = client.agents.integrations;
`;
const SERVICES = ["bumpa", "google_calendar", "google_sheets", "paystack", "stripe"];

let source = "";
let version = 0;
const host: ts.LanguageServiceHost = {
  getScriptFileNames: () => [FILE],
  getScriptVersion: (name) => (name === FILE ? String(version) : "1"),
  getScriptSnapshot: (name) => {
    if (name === FILE) return ts.ScriptSnapshot.fromString(source);
    return existsSync(name) ? ts.ScriptSnapshot.fromString(readFileSync(name, "utf8")) : undefined;
  },
  getCurrentDirectory: () => PACKAGE,
  getCompilationSettings: () => ({
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
  }),
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (name) => name === FILE || ts.sys.fileExists(name),
  readFile: ts.sys.readFile,
  directoryExists: ts.sys.directoryExists,
};
const service = ts.createLanguageService(host);

function write(statement: string): void {
  source = HEAD + statement;
  version += 1;
}

/** Returns the completions at the mark `^`. */
function offered(statement: string): string[] {
  const place = HEAD.length + statement.indexOf("^");
  write(statement.replace("^", ""));
  const found = service.getCompletionsAtPosition(FILE, place, {})?.entries ?? [];
  const own = ts.ScriptElementKind.memberVariableElement;
  const kinds: string[] = [own, ts.ScriptElementKind.string];
  return found.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
}

/** Returns the lines of the errors of a statement. */
function errors(statement: string): string[] {
  write(statement);
  const found = service.getSemanticDiagnostics(FILE);
  return found.flatMap(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n").split("\n"));
}

for (const [statement, expected] of [
  ['bimpeai.configure("a", { type: "^" });', SERVICES],
  ['bimpeai.configure("a", { ^ });', ["currency", "public_key", "secret_key", "token", "type"]],
  ['bimpeai.configure("a", { type: "stripe", ^ });', ["currency", "public_key", "secret_key"]],
  ['bimpeai.configure("a", { type: "bumpa", ^ });', ["token"]],
  [
    'customApi.configure("a", { name: "n", auth_type: "^" });',
    ["api_key", "basic", "bearer", "custom", "none"],
  ],
  ['customApi.configure("a", { name: "n", auth_type: "bearer", auth_config: { ^ } });', ["token"]],
  [
    'client.conversations.send("a", { message: "m", channel_type: "^" });',
    ["telephony", "webchat", "whatsapp"],
  ],
  [
    'client.agents.create({ workflow_id: "w", name: "n", description: "d", persona: "^" });',
    ["concise", "friendly", "professional"],
  ],
] as const) {
  test(`completes ${statement}`, () => {
    assert.deepEqual(offered(statement).sort(), expected);
  });
}

for (const [statement, says] of [
  ['bimpeai.configure("a", { type: "stripe" });', "missing the following properties"],
  ['bimpeai.configure("a", { type: "paypal" });', '"paypal"'],
  ['bimpeai.configure("a", { type: "google_calendar", secret_key: "s" });', "'secret_key' does not exist"],
  ['bimpeai.configure("a", { type: "bumpa", token: 5 });', "'number' is not assignable to type 'string'"],
  ['customApi.configure("a", { name: "n", auth_config: { token: "t" } });', "auth_config"],
  ['mcpServer.configure("a", { name: "n", server_url: "u", auth_config: { token: "t" } });', "auth_config"],
  [
    'customApi.configure("a", { name: "n", auth_type: "basic", auth_config: { token: "t" } });',
    "'token' does not exist",
  ],
  ['client.conversations.send("a", { message: "m" });', "channel_user_id"],
  ['client.conversations.send("a", { message: "m", channel_type: "webchat" });', "channel_user_id"],
  ['client.conversations.ask("a", { message: "m" });', "channel_user_id"],
  ['client.calls.wait("a", "c", { poll_interval: 1 });', "'poll_interval' does not exist"],
] as const) {
  test(`rejects in at most 4 lines ${statement}`, () => {
    const lines = errors(statement);
    assert.ok(lines.length >= 1 && lines.length <= 4, lines.join("\n"));
    assert.ok(lines.join("\n").includes(says), lines.join("\n"));
  });
}
