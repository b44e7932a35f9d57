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
const node_test_1 = require("node:test");
const bimpe = __importStar(require("bimpe"));
const server_js_1 = require("./support/server.js");
const cases = [
    [400, undefined, "BadRequestError"],
    [400, "validation_error", "ValidationError"],
    [401, "api_key_invalid", "AuthenticationError"],
    [403, "insufficient_scope", "PermissionDeniedError"],
    [404, "not_found", "NotFoundError"],
    [409, "conflict", "ConflictError"],
    [418, undefined, "ApiError"],
    [429, "rate_limited", "RateLimitError"],
    [500, "internal_error", "InternalServerError"],
    [501, "not_implemented", "NotImplementedError"],
    [302, undefined, "RedirectError"],
];
/** The error that this answer gives. */
async function errorOf(reply) {
    const server = await (0, server_js_1.serve)(() => reply);
    const call = server.client({ maxRetries: 0 }).agents.retrieve("a1");
    return call.then(() => strict_1.default.fail("no error"), (error) => error);
}
for (const [status, code, name] of cases) {
    (0, node_test_1.test)(`${status} ${code ?? ""} is a ${name}`, async () => {
        const body = { message: ["name: too long"], statusCode: status, code, request_id: "r-1" };
        const error = await errorOf({
            status,
            body,
            headers: { "x-request-id": "r-1", location: "https://x.example/y" },
        });
        strict_1.default.equal(error.constructor, bimpe[name]);
        strict_1.default.ok(error instanceof bimpe.ApiError && error instanceof bimpe.BimpeAIError && error instanceof Error);
        strict_1.default.equal(error.name, name);
        strict_1.default.equal(error.status, status);
        strict_1.default.equal(error.requestId, "r-1");
        strict_1.default.equal(error.headers.get("x-request-id"), "r-1");
        strict_1.default.equal(error.attempts, 1);
        strict_1.default.ok(!JSON.stringify(error).includes(server_js_1.KEY) && !String(error.stack).includes(server_js_1.KEY));
        if (name === "ValidationError") {
            strict_1.default.deepEqual(error.fieldErrors, [{ path: "name", message: "too long" }]);
        }
    });
}
(0, node_test_1.test)("a rate limit tells when to come back", async () => {
    const reset = 1_900_000_000;
    const headers = { "retry-after": "120", "x-ratelimit-limit": "60", "x-ratelimit-remaining": "0" };
    const error = await errorOf({
        status: 429,
        headers: { ...headers, "x-ratelimit-reset": String(reset) },
        body: { message: "slow down", statusCode: 429 },
    });
    strict_1.default.deepEqual([error.retryAfter, error.limit, error.remaining], [120, 60, 0]);
    strict_1.default.deepEqual(error.resetAt, new Date(reset * 1000));
    strict_1.default.equal(error.retryable, true);
});
(0, node_test_1.test)("a 200 that is not an answer of the API is our error too", async () => {
    const error = await errorOf({ body: "<html>", headers: { "content-type": "text/html" } });
    strict_1.default.ok(error instanceof bimpe.UnexpectedResponseError);
});
(0, node_test_1.test)("no server, no answer", async () => {
    const client = new bimpe.BimpeAI({ apiKey: server_js_1.KEY, baseUrl: "http://127.0.0.1:1", maxRetries: 0 });
    await strict_1.default.rejects(client.agents.retrieve("a1"), bimpe.ConnectionError);
    const silent = await (0, server_js_1.serve)(() => undefined);
    const started = performance.now();
    const slow = silent.client().agents.retrieve("a1", { timeout: 200, maxRetries: 0 });
    await strict_1.default.rejects(slow, bimpe.ConnectionTimeoutError);
    strict_1.default.ok(performance.now() - started < 1000);
});
(0, node_test_1.test)("the stack begins at the line of the caller", async () => {
    const server = await (0, server_js_1.serve)(() => ({ status: 404, body: { message: "no", statusCode: 404 } }));
    async function findAgent() {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return await server.client().agents.retrieve("a1");
    }
    const error = await findAgent().catch((error) => error);
    const [first, frame] = error.stack?.split("\n") ?? [];
    strict_1.default.match(first ?? "", /^NotFoundError: no/);
    strict_1.default.match(frame ?? "", /findAgent .*errors\.test/);
});
(0, node_test_1.test)("withResponse gives the answer beside the value, for one request", async () => {
    const server = await (0, server_js_1.serve)((_, index) => index === 0 ? { status: 503, body: "{}" } : { ...(0, server_js_1.ok)({ id: "a1" }), headers: { "x-request-id": "r-7" } });
    const promise = server.client().agents.retrieve("a1");
    const { data, response } = await promise.withResponse();
    strict_1.default.equal(data.id, "a1");
    strict_1.default.equal(response.status, 200);
    strict_1.default.equal(response.requestId, "r-7");
    strict_1.default.equal(response.headers.get("content-type"), "application/json");
    strict_1.default.equal(response.attempts, 2);
    strict_1.default.equal(response.idempotencyKey, null);
    strict_1.default.ok(response.elapsed > 0);
    strict_1.default.equal((await promise).id, "a1");
    strict_1.default.equal(server.asked.length, 2);
});
(0, node_test_1.test)("withResponse alone reports a failure once", async () => {
    const server = await (0, server_js_1.serve)(() => ({ status: 404, body: { message: "no", statusCode: 404 } }));
    await strict_1.default.rejects(server.client().agents.retrieve("a1").withResponse(), bimpe.NotFoundError);
    // An unhandled rejection of the promise itself would fail this file.
    await new Promise((resolve) => setImmediate(resolve));
});
(0, node_test_1.test)("what gives nothing gives undefined", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)(null));
    strict_1.default.equal(await server.client().agents.delete("a1"), undefined);
});
