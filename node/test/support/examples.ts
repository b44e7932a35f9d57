// Finds the `@example` blocks of the source and compiles them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BimpeAI } from "bimpe";
import { compile } from "./compile.js";
import { PACKAGE } from "./sandbox.js";

/** Names that the examples use. */
export interface Names {
  client: BimpeAI;
  console: { log(...values: unknown[]): void };
  agentId: string;
  callId: string;
  conversationId: string;
  integrationId: string;
  kbId: string;
  messageId: string;
  phoneNumberId: string;
  toolId: string;
  workflowId: string;
}

export type Example = (names: Names) => Promise<void>;

const NAMES: (keyof Names)[] = [
  "client",
  "console",
  "agentId",
  "callId",
  "conversationId",
  "integrationId",
  "kbId",
  "messageId",
  "phoneNumberId",
  "toolId",
  "workflowId",
];

const EXAMPLE = /@example\n \* ```ts\n([\s\S]*?)\n \* ```\n/;
const METHOD = new RegExp(`${EXAMPLE.source}[\\s\\S]*?_client\\.(_\\w+)\\(\\s*"([\\w.]+)"`, "g");

/** Returns the examples of generated methods by operation, and of hand-written files by name and number. */
export function findExamples(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, comment = "", way = "", operation = ""] of sources("src/resources", METHOD)) {
    found.set(way === "_streamMany" ? `${operation}_many` : operation, plain(comment));
  }
  for (const [file = "", comment = ""] of sources("src", new RegExp(EXAMPLE, "g"))) {
    if (!file.startsWith("resources/")) found.set(`${file} ${found.size}`, plain(comment));
  }
  return found;
}

function* sources(folder: string, pattern: RegExp): Generator<string[]> {
  const files = readdirSync(join(PACKAGE, folder), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    const source = readFileSync(join(PACKAGE, folder, file), "utf8").replaceAll(/^ +\*/gm, " *");
    for (const [, ...groups] of source.matchAll(pattern)) yield [file, ...groups];
  }
}

function plain(comment: string): string {
  return comment.replaceAll(/^ \* ?/gm, "");
}

/** Compiles the examples. A type error throws. */
export function compileExamples(found: Map<string, string>): Record<string, Example> {
  const folder = join(PACKAGE, ".build/examples");
  mkdirSync(folder, { recursive: true });
  const functions = [...found].map(
    ([operation, text]) => `"${operation}": async ({ ${NAMES.join(", ")} }) => { {\n${text}\n} },`,
  );
  const source = `import { subscribe } from "node:diagnostics_channel";
import { BimpeAI, ConnectionError, type DiagnosticsMessages, StreamEndedError, webchatUserId } from "bimpe";
import { instrument } from "bimpe/otel";
import { fakePage, Sandbox } from "bimpe/testing";
import type { Example } from "../support/examples.js";
export const examples: Record<string, Example> = {\n${functions.join("\n")}\n};\n`;
  writeFileSync(join(folder, "examples.ts"), source);
  compile(folder, { noUnusedParameters: false });
  return (require(join(folder, "examples.js")) as { examples: Record<string, Example> }).examples;
}
