"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
const strict_1 = __importDefault(require("node:assert/strict"));
const node_test_1 = require("node:test");
const node_util_1 = require("node:util");
const bimpe_1 = require("bimpe");
const server_js_1 = require("./support/server.js");
/** The error that these settings give. */
function refused(options) {
    let error;
    strict_1.default.throws(() => new bimpe_1.BimpeAI(options), (thrown) => {
        error = thrown;
        return thrown instanceof bimpe_1.UserError;
    });
    return error;
}
(0, node_test_1.test)("without a key, the error says where to get one", () => {
    delete process.env.BIMPEAI_API_KEY;
    const { message } = refused(undefined);
    strict_1.default.match(message, /BIMPEAI_API_KEY/);
    strict_1.default.match(message, /bimpe sandbox/);
});
(0, node_test_1.test)("key and address are read from the environment", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)({ id: "a1" }));
    process.env.BIMPEAI_API_KEY = server_js_1.KEY;
    process.env.BIMPEAI_BASE_URL = server.url;
    try {
        await new bimpe_1.BimpeAI().agents.retrieve("a1");
    }
    finally {
        delete process.env.BIMPEAI_API_KEY;
        delete process.env.BIMPEAI_BASE_URL;
    }
    strict_1.default.equal(server.asked[0]?.headers.authorization, `Bearer ${server_js_1.KEY}`);
    strict_1.default.match(server.asked[0]?.headers["user-agent"] ?? "", new RegExp(`^bimpe-node/${bimpe_1.VERSION} \\(Node/`));
});
(0, node_test_1.test)("a key with a newline is refused, and not shown", () => {
    const { message, stack } = refused({ apiKey: `${server_js_1.KEY}\n` });
    strict_1.default.match(message, /newline/);
    strict_1.default.ok(!`${message}${stack}`.includes(server_js_1.KEY));
});
(0, node_test_1.test)("unknown and mistyped settings are refused", () => {
    strict_1.default.match(refused({ api_key: server_js_1.KEY }).message, /no client option `api_key`; did you mean `apiKey`\?/);
    strict_1.default.match(refused({ apiKey: 1 }).message, /`apiKey` must be a string/);
    strict_1.default.match(refused({ apiKey: server_js_1.KEY, timeout: "3" }).message, /`timeout` must be a number of milliseconds/);
    strict_1.default.match(refused({ apiKey: server_js_1.KEY, timeout: Number.NaN }).message, /`timeout`/);
    strict_1.default.match(refused({ apiKey: server_js_1.KEY, maxRetries: -1 }).message, /`maxRetries`/);
    strict_1.default.match(refused("sk_key").message, /must be an object/);
    strict_1.default.match(refused({ apiKey: server_js_1.KEY, baseUrl: "http://example.com" }).message, /https/);
});
(0, node_test_1.test)("`fetch` is refused with a word on what to use instead", () => {
    strict_1.default.match(refused({ apiKey: server_js_1.KEY, fetch }).message, /`proxy`, `caFile`/);
});
(0, node_test_1.test)("a polluted prototype sets nothing", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)({ id: "a1" }));
    const prototype = Object.prototype;
    prototype.headers = { "x-evil": "1" };
    try {
        await server.client().agents.retrieve("a1", {});
    }
    finally {
        delete prototype.headers;
    }
    strict_1.default.equal(server.asked[0]?.headers["x-evil"], undefined);
});
(0, node_test_1.test)("the key is not in anything that can be printed", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)({ id: "a1" }));
    const client = server.client();
    const call = client.agents.retrieve("a1");
    const texts = [client, client.agents, client.agents.integrations, call, await call].flatMap((thing) => [
        (0, node_util_1.inspect)(thing, { depth: 9, showHidden: true }),
        JSON.stringify(thing),
        String(thing),
    ]);
    for (const text of texts)
        strict_1.default.ok(!text.includes(server_js_1.KEY), text);
    strict_1.default.equal(JSON.stringify(client), JSON.stringify({ baseUrl: client.baseUrl }));
    strict_1.default.match((0, node_util_1.inspect)(client), /^BimpeAI \{ baseUrl: 'http:\/\/127\.0\.0\.1:\d+.*' \}$/);
});
(0, node_test_1.test)("withOptions changes defaults and keeps the rest", async () => {
    const server = await (0, server_js_1.serve)((_, index) => (index === 0 ? { status: 503, body: "{}" } : (0, server_js_1.ok)({ id: "a1" })));
    const derived = server.client().withOptions({ maxRetries: 0, defaultHeaders: { "x-team": "7" } });
    await strict_1.default.rejects(derived.agents.retrieve("a1"), { name: "InternalServerError", attempts: 1 });
    strict_1.default.equal(server.asked[0]?.headers["x-team"], "7");
    strict_1.default.throws(() => derived.withOptions({ maxRetry: 1 }), /did you mean `maxRetries`\?/);
});
(0, node_test_1.test)("a closed client refuses calls", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)({ id: "a1" }));
    const client = server.client();
    client.close();
    client.close();
    await strict_1.default.rejects(client.agents.retrieve("a1"), bimpe_1.ClientClosedError);
    strict_1.default.equal(server.asked.length, 0);
});
(0, node_test_1.test)("VERSION is the one of package.json", () => {
    const { version } = require("bimpe/package.json");
    strict_1.default.equal(bimpe_1.VERSION, version);
});
