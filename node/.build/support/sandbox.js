"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.PACKAGE = void 0;
exports.startSandbox = startSandbox;
// The local Console API, as its own process.
const node_child_process_1 = require("node:child_process");
const node_fs_1 = require("node:fs");
const node_path_1 = require("node:path");
const node_readline_1 = require("node:readline");
const node_test_1 = require("node:test");
const bimpe_1 = require("bimpe");
/** Where the package is; the tests run from `.build`. */
exports.PACKAGE = (0, node_path_1.join)(__dirname, "../..");
function command() {
    const builds = ["release", "debug"].map((profile) => (0, node_path_1.join)(exports.PACKAGE, "../target", profile, "bimpe"));
    const found = process.env.BIMPE_BIN ?? builds.find((file) => (0, node_fs_1.existsSync)(file));
    if (found === undefined)
        throw new Error("no `bimpe` command: run `cargo build -p bimpe-cli`, or set BIMPE_BIN");
    return found;
}
/** Starts a sandbox that lives as long as the tests of this file, and gives a client of it. */
async function startSandbox() {
    const child = (0, node_child_process_1.spawn)(command(), ["sandbox", "--port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    (0, node_test_1.after)(() => child.kill());
    for await (const line of (0, node_readline_1.createInterface)(child.stdout)) {
        if (!line.startsWith("{"))
            continue;
        const { url, api_key: apiKey } = JSON.parse(line);
        return { client: new bimpe_1.BimpeAI({ apiKey, baseUrl: url }), url, apiKey };
    }
    throw new Error("the sandbox ended before it was ready");
}
