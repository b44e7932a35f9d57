// The @example of every generated method: found in the source, compiled with its types, ready to run.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BimpeAI } from "bimpe";
import { PACKAGE } from "./sandbox.js";

/** The names that the examples use. */
export interface Names {
  client: BimpeAI;
  console: { log(value: unknown): void };
  agentId: string;
  callId: string;
  conversationId: string;
  integrationId: string;
  knowledgeBaseId: string;
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
  "knowledgeBaseId",
  "messageId",
  "phoneNumberId",
  "toolId",
  "workflowId",
];

const METHOD = /@example\n \* ```ts\n([\s\S]*?)\n \* ```\n[\s\S]*?_client\._\w+\(\s*"([\w.]+)"/g;

/** The operations of the source and the text of their examples. */
export function findExamples(): Map<string, string> {
  const folder = join(PACKAGE, "src/resources");
  const found = new Map<string, string>();
  for (const file of readdirSync(folder)) {
    const source = readFileSync(join(folder, file), "utf8").replaceAll(/^ +\*/gm, " *");
    for (const [, comment = "", operation = ""] of source.matchAll(METHOD)) {
      found.set(operation, comment.replaceAll(/^ \* ?/gm, ""));
    }
  }
  return found;
}

/** Compiles the examples; a mistyped one fails here. */
export function compileExamples(found: Map<string, string>): Record<string, Example> {
  const folder = join(PACKAGE, ".build/examples");
  mkdirSync(folder, { recursive: true });
  const functions = [...found].map(
    ([operation, text]) => `"${operation}": async ({ ${NAMES.join(", ")} }) => {\n${text}\n},`,
  );
  const source = `import type { Example } from "../support/examples.js";
export const examples: Record<string, Example> = {\n${functions.join("\n")}\n};\n`;
  writeFileSync(join(folder, "examples.ts"), source);
  const options = {
    extends: "../../tsconfig.json",
    include: ["."],
    compilerOptions: { noUnusedParameters: false },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  execFileSync(process.execPath, [join(PACKAGE, "node_modules/typescript/bin/tsc"), "-p", folder], {
    stdio: "inherit",
  });
  return (require(join(folder, "examples.js")) as { examples: Record<string, Example> }).examples;
}
