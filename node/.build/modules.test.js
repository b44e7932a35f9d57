"use strict";
var __createBinding = (this && this.__createBinding) || (Object.create ? (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    var desc = Object.getOwnPropertyDescriptor(m, k);
    if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
      desc = { enumerable: true, get: function() { return m[k]; } };
    }
    Object.defineProperty(o, k2, desc);
}) : (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    o[k2] = m[k];
}));
var __setModuleDefault = (this && this.__setModuleDefault) || (Object.create ? (function(o, v) {
    Object.defineProperty(o, "default", { enumerable: true, value: v });
}) : function(o, v) {
    o["default"] = v;
});
var __importStar = (this && this.__importStar) || (function () {
    var ownKeys = function(o) {
        ownKeys = Object.getOwnPropertyNames || function (o) {
            var ar = [];
            for (var k in o) if (Object.prototype.hasOwnProperty.call(o, k)) ar[ar.length] = k;
            return ar;
        };
        return ownKeys(o);
    };
    return function (mod) {
        if (mod && mod.__esModule) return mod;
        var result = {};
        if (mod != null) for (var k = ownKeys(mod), i = 0; i < k.length; i++) if (k[i] !== "default") __createBinding(result, mod, k[i]);
        __setModuleDefault(result, mod);
        return result;
    };
})();
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
const strict_1 = __importDefault(require("node:assert/strict"));
const node_child_process_1 = require("node:child_process");
const node_test_1 = require("node:test");
const node_worker_threads_1 = require("node:worker_threads");
const required = __importStar(require("bimpe"));
const sandbox_js_1 = require("./support/sandbox.js");
const server_js_1 = require("./support/server.js");
(0, node_test_1.test)("ES modules and CommonJS share one implementation", async () => {
    const imported = await import("bimpe");
    strict_1.default.equal(imported.BimpeAI, required.BimpeAI);
    strict_1.default.equal(imported.NotFoundError, required.NotFoundError);
    const names = Object.keys(required).filter((name) => name !== "__esModule");
    for (const name of names)
        strict_1.default.ok(name in imported, name);
});
/** Runs a module in the package's folder, and gives what it prints and how long it lived. */
function run(source, env = {}) {
    const started = performance.now();
    const printed = (0, node_child_process_1.execFileSync)(process.execPath, ["--input-type=module", "--eval", source], {
        cwd: sandbox_js_1.PACKAGE,
        env: { ...process.env, BIMPEAI_API_KEY: "sk_x", ...env },
        encoding: "utf8",
        timeout: 20_000,
    });
    return { printed, elapsed: performance.now() - started };
}
(0, node_test_1.test)("the process ends by itself, without close()", async () => {
    const { printed } = run(`
    import { createServer } from "node:http";
    import { BimpeAI } from "bimpe";
    const server = createServer((_, response) => {
      response.setHeader("content-type", "application/json").end('{"message":"ok","data":{"id":"a1"}}');
    });
    await new Promise((resolve) => server.listen(0, resolve));
    const client = new BimpeAI({ baseUrl: "http://127.0.0.1:" + server.address().port });
    console.log((await client.agents.retrieve("a1")).id);
    const controller = new AbortController();
    client.agents.retrieve("a1", { signal: controller.signal }).catch((error) => console.log(error.name));
    controller.abort();
    server.close();
    server.closeAllConnections();
  `);
    strict_1.default.equal(printed, "a1\nAbortError\n");
});
(0, node_test_1.test)("importing the package loads no native code", () => {
    const { printed } = run(`
    import "bimpe";
    console.log(process.report.getReport().sharedObjects.filter((name) => name.includes("bimpe")).length);
  `);
    strict_1.default.equal(printed, "0\n");
});
(0, node_test_1.test)("a worker can use the package, and be terminated while it waits", async () => {
    const server = await (0, server_js_1.serve)((_, index) => (index === 0 ? (0, server_js_1.ok)({ id: "a1" }) : undefined));
    const worker = new node_worker_threads_1.Worker(`const { BimpeAI } = require("bimpe");
     const { parentPort, workerData } = require("node:worker_threads");
     const client = new BimpeAI({ apiKey: "sk_x", baseUrl: workerData });
     client.agents.retrieve("a1").then((agent) => {
       client.agents.retrieve("a1");
       parentPort.postMessage(agent.id);
     });`, { eval: true, workerData: server.url });
    const id = await new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
    });
    strict_1.default.equal(id, "a1");
    await worker.terminate();
});
