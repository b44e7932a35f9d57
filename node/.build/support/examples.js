"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.findExamples = findExamples;
exports.compileExamples = compileExamples;
// The @example of every generated method: found in the source, compiled with its types, ready to run.
const node_child_process_1 = require("node:child_process");
const node_fs_1 = require("node:fs");
const node_path_1 = require("node:path");
const sandbox_js_1 = require("./sandbox.js");
const NAMES = [
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
function findExamples() {
    const folder = (0, node_path_1.join)(sandbox_js_1.PACKAGE, "src/resources");
    const found = new Map();
    for (const file of (0, node_fs_1.readdirSync)(folder)) {
        const source = (0, node_fs_1.readFileSync)((0, node_path_1.join)(folder, file), "utf8").replaceAll(/^ +\*/gm, " *");
        for (const [, comment = "", operation = ""] of source.matchAll(METHOD)) {
            found.set(operation, comment.replaceAll(/^ \* ?/gm, ""));
        }
    }
    return found;
}
/** Compiles the examples; a mistyped one fails here. */
function compileExamples(found) {
    const folder = (0, node_path_1.join)(sandbox_js_1.PACKAGE, ".build/examples");
    (0, node_fs_1.mkdirSync)(folder, { recursive: true });
    const functions = [...found].map(([operation, text]) => `"${operation}": async ({ ${NAMES.join(", ")} }) => {\n${text}\n},`);
    const source = `import type { Example } from "../support/examples.js";
export const examples: Record<string, Example> = {\n${functions.join("\n")}\n};\n`;
    (0, node_fs_1.writeFileSync)((0, node_path_1.join)(folder, "examples.ts"), source);
    const options = {
        extends: "../../tsconfig.json",
        include: ["."],
        compilerOptions: { noUnusedParameters: false },
    };
    (0, node_fs_1.writeFileSync)((0, node_path_1.join)(folder, "tsconfig.json"), JSON.stringify(options));
    (0, node_child_process_1.execFileSync)(process.execPath, [(0, node_path_1.join)(sandbox_js_1.PACKAGE, "node_modules/typescript/bin/tsc"), "-p", folder], {
        stdio: "inherit",
    });
    return require((0, node_path_1.join)(folder, "examples.js")).examples;
}
