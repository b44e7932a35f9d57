"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
const strict_1 = __importDefault(require("node:assert/strict"));
const node_test_1 = require("node:test");
const bimpe_1 = require("bimpe");
const server_js_1 = require("./support/server.js");
/** What an aborted call rejects with, and after how many milliseconds. */
async function abortedAfter(call) {
    const started = performance.now();
    const error = await call.then(() => strict_1.default.fail("the call was not aborted"), (error) => error);
    strict_1.default.ok(error instanceof bimpe_1.AbortError && error instanceof bimpe_1.BimpeAIError, String(error));
    strict_1.default.equal(error.name, "AbortError");
    return { error, elapsed: performance.now() - started };
}
(0, node_test_1.test)("a signal that is aborted already sends nothing", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)({ id: "a1" }));
    const reason = new Error("not needed");
    const { error } = await abortedAfter(server.client().agents.retrieve("a1", { signal: AbortSignal.abort(reason) }));
    strict_1.default.equal(error.cause, reason);
    strict_1.default.equal(error.mayHaveBeenApplied, false);
    strict_1.default.equal(server.asked.length, 0);
});
(0, node_test_1.test)("a call is aborted while it waits for the answer", async () => {
    const server = await (0, server_js_1.serve)(() => undefined);
    const { error, elapsed } = await abortedAfter(server.client().agents.retrieve("a1", { signal: AbortSignal.timeout(500) }));
    strict_1.default.equal(error.cause.name, "TimeoutError");
    strict_1.default.ok(elapsed < 1000, `${elapsed}`);
    strict_1.default.equal(server.asked.length, 1);
    strict_1.default.match(error.stack ?? "", /abort\.test/);
});
(0, node_test_1.test)("a call is aborted while it waits for its next attempt", async () => {
    const server = await (0, server_js_1.serve)(() => ({ status: 503, headers: { "retry-after": "5" }, body: "{}" }));
    const { elapsed } = await abortedAfter(server.client().agents.retrieve("a1", { signal: AbortSignal.timeout(500) }));
    strict_1.default.ok(elapsed < 2000, `${elapsed}`);
    strict_1.default.equal(server.asked.length, 1);
});
(0, node_test_1.test)("abort after the end does nothing, and leaves no listener behind", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)({ id: "a1" }));
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args) => {
        listeners++;
        add(...args);
    };
    signal.removeEventListener = (...args) => {
        listeners--;
        remove(...args);
    };
    await server.client().agents.retrieve("a1", { signal });
    await new Promise((resolve) => setImmediate(resolve));
    strict_1.default.equal(listeners, 0);
    controller.abort();
});
(0, node_test_1.test)("iteration stops when its signal is aborted", async () => {
    const server = await (0, server_js_1.serve)(() => undefined);
    const list = server.client().agents.list({}, { signal: AbortSignal.timeout(50) });
    await strict_1.default.rejects(async () => {
        for await (const _ of list)
            strict_1.default.fail("there is no item");
    }, bimpe_1.AbortError);
});
