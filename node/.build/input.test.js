"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
const strict_1 = __importDefault(require("node:assert/strict"));
const node_test_1 = require("node:test");
const bimpe_1 = require("bimpe");
const server_js_1 = require("./support/server.js");
let server;
(0, node_test_1.before)(async () => {
    server = await (0, server_js_1.serve)(() => (0, server_js_1.ok)({ id: "a1" }));
});
/** Makes a call that must be refused before anything is sent, and gives the message. */
async function refused(call) {
    const sent = server.asked.length;
    const error = await call().then(() => strict_1.default.fail("the call was not refused"), (error) => error);
    strict_1.default.ok(error instanceof bimpe_1.UserError, String(error));
    strict_1.default.equal(server.asked.length, sent, "something was sent");
    return error.message;
}
const hostile = ["", " ", ".", "..", "a\nb", "a\0", "\u0085", "\ud800", "x".repeat(257)];
hostile.push(undefined, null, 7, true, {}, ["a"]);
for (const id of hostile) {
    (0, node_test_1.test)(`the id ${JSON.stringify(id)?.slice(0, 20)} is refused`, async () => {
        const client = server.client();
        const first = await refused(() => client.agents.delete(id));
        strict_1.default.match(first, /agents\.delete.*agent_?id/i);
        await refused(() => client.agents.knowledgeBases.delete("a1", id));
    });
}
(0, node_test_1.test)("an id is one segment of the path, whatever it holds", async () => {
    await server.client().agents.retrieve("a/../b?x=1#f%");
    strict_1.default.equal(server.asked.at(-1)?.path, "/agents/a%2F..%2Fb%3Fx%3D1%23f%25");
});
(0, node_test_1.test)("ids that name other endpoints are refused", async () => {
    await refused(() => server.client().workflows.retrieve("clone"));
    await refused(() => server.client().phoneNumbers.retrieve("request"));
});
(0, node_test_1.test)("an unknown field is refused with the nearest name", async () => {
    const body = { name: "Shop", workflow_id: "w1", description: "d", persone: "friendly" };
    const message = await refused(() => server.client().agents.create(body));
    strict_1.default.match(message, /persone.*did you mean `persona`\?/);
});
(0, node_test_1.test)("mistyped fields are refused", async () => {
    const body = { name: 7, workflow_id: "w1", description: "d" };
    strict_1.default.match(await refused(() => server.client().agents.create(body)), /name/);
    await refused(() => server.client().agents.create(undefined));
    await refused(() => server.client().agents.create("text"));
    await refused(() => server.client().agents.list({ limit: "many" }));
    strict_1.default.match(await refused(() => server.client().agents.list({ limits: 5 })), /limits.*did you mean `limit`\?/);
});
(0, node_test_1.test)("Stripe without keys is refused, and the message has no key in it", async () => {
    const { bimpeai } = server.client().agents.integrations;
    const message = await refused(() => bimpeai.configure("a1", { type: "stripe", secret_key: "sk_live_x" }));
    strict_1.default.match(message, /public_key/);
    strict_1.default.ok(!message.includes("sk_live_x"));
});
(0, node_test_1.test)("what JSON cannot hold is refused with its place", async () => {
    const loop = {};
    loop.self = loop;
    const cases = [
        [Number.NaN, /body\.flows\[1\]\.x is NaN/],
        [Number.POSITIVE_INFINITY, /body\.flows\[1\]\.x is Infinity/],
        [1n, /body\.flows\[1\]\.x is a BigInt/],
        [() => 1, /body\.flows\[1\]\.x is a function/],
        [Symbol("s"), /body\.flows\[1\]\.x is a symbol/],
        [loop, /body\.flows\[1\]\.x\.self contains itself/],
        [new Map(), /body\.flows\[1\]\.x is a Map/],
        ["\ud800", /body\.flows\[1\]\.x holds half of a surrogate pair/],
        [new Date(Number.NaN), /body\.flows\[1\]\.x is an invalid date/],
        [[undefined], /body\.flows\[1\]\.x\[0\] is undefined/],
    ];
    for (const [value, expected] of cases) {
        const body = { flows: [{ name: "f" }, { name: "g", x: value }] };
        strict_1.default.match(await refused(() => server.client().workflows.update("w1", body)), expected);
    }
});
(0, node_test_1.test)("undefined is dropped, null is sent, dates become text", async () => {
    const options = { headers_template: { at: new Date(0), drop: undefined, none: null } };
    const tools = server.client().agents.integrations.customApi.tools;
    await tools.add("a1", "i1", {
        name: "n",
        http_method: "GET",
        url_template: "/x",
        body_template: options,
    });
    const sent = JSON.parse(server.asked.at(-1)?.body ?? "");
    strict_1.default.deepEqual(sent.body_template, { headers_template: { at: "1970-01-01T00:00:00.000Z", none: null } });
});
(0, node_test_1.test)("options are checked", async () => {
    const call = (options) => () => server.client().agents.retrieve("a1", options);
    strict_1.default.match(await refused(call({ timeOut: 5 })), /no option `timeOut`; did you mean `timeout`\?/);
    strict_1.default.match(await refused(call({ timeout: 0 })), /`timeout`/);
    strict_1.default.match(await refused(call({ method: "DELETE" })), /no option `method`/);
    strict_1.default.match(await refused(call({ signal: {} })), /`signal` must be an AbortSignal/);
    strict_1.default.match(await refused(call({ headers: { "x-a": 1 } })), /headers\["x-a"\]/);
    strict_1.default.match(await refused(call({ headers: { authorization: "Bearer x" } })), /authorization/);
    const remove = () => server.client().agents.delete("a1", { idempotencyKey: "a\nb" });
    strict_1.default.match(await refused(remove), /idempotency key/);
    await refused(call({ timeout: Number.MAX_SAFE_INTEGER + 2 }));
});
(0, node_test_1.test)("options reach the wire", async () => {
    const client = server.client();
    await client.agents.delete("a1", { idempotencyKey: "key-1", headers: new Headers({ "X-One": "1" }) });
    strict_1.default.equal(server.asked.at(-1)?.headers["idempotency-key"], "key-1");
    strict_1.default.equal(server.asked.at(-1)?.headers["x-one"], "1");
    await client.agents.retrieve("a1", { timeout: Number.MAX_SAFE_INTEGER, maxRetries: 0 });
});
