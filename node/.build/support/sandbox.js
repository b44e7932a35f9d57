"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.PACKAGE = void 0;
exports.startSandbox = startSandbox;
// The local Console API, as its own process.
const node_child_process_1 = require("node:child_process");
const node_fs_1 = require("node:fs");
const node_path_1 = require("node:path");
const node_readline_1 = require("node:readline");
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
/** Starts a sandbox that lives as long as this process. */
async function startSandbox() {
    const child = (0, node_child_process_1.spawn)(command(), ["sandbox", "--port", "0", "--json"], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    process.once("exit", () => child.kill());
    const line = await new Promise((resolve, reject) => {
        (0, node_readline_1.createInterface)(child.stdout).once("line", resolve);
        child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code} before it was ready`)));
    });
    child.unref();
    child.stdout.unref();
    const ready = JSON.parse(line);
    return {
        client: new bimpe_1.BimpeAI({ apiKey: ready.api_key, baseUrl: ready.url }),
        url: ready.url,
        agentId: ready.agent_id,
        workflowId: ready.workflow_id,
        async reset() {
            const response = await fetch(`${ready.url}/_sandbox/reset`, { method: "POST" });
            if (!response.ok)
                throw new Error(`the sandbox answers ${response.status} to a reset`);
        },
    };
}
