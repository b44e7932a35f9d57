"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
const strict_1 = __importDefault(require("node:assert/strict"));
const node_test_1 = require("node:test");
const bimpe_1 = require("bimpe");
const server_js_1 = require("./support/server.js");
/** A server with so many pages of one agent each. */
function pages(count) {
    return (0, server_js_1.serve)(({ path }) => (0, server_js_1.agentPage)(Number(new URL(path, "http://x").searchParams.get("page") ?? 1), count));
}
async function namesOf(items) {
    const names = [];
    for await (const agent of items)
        names.push(agent.name);
    return names;
}
(0, node_test_1.test)("awaiting a list gives its first page, in one request", async () => {
    const server = await pages(2);
    const list = server.client().agents.list({ limit: 1, search: "a b" });
    const page = await list;
    strict_1.default.ok(page instanceof bimpe_1.Page);
    strict_1.default.equal(await list, page);
    strict_1.default.equal(page.data[0]?.name, "Agent 1");
    strict_1.default.equal(page.meta?.total_count, 2);
    strict_1.default.equal(page.hasNextPage, true);
    strict_1.default.equal(server.asked.length, 1);
    strict_1.default.match(server.asked[0]?.path ?? "", /^\/agents\?.*limit=1/);
    const next = await page.getNextPage();
    strict_1.default.equal(next?.data[0]?.name, "Agent 2");
    strict_1.default.equal(next?.hasNextPage, false);
    strict_1.default.equal(await next?.getNextPage(), null);
});
(0, node_test_1.test)("iterating over a list gives the items of all pages", async () => {
    const server = await pages(3);
    strict_1.default.deepEqual(await namesOf(server.client().agents.list()), ["Agent 1", "Agent 2", "Agent 3"]);
    strict_1.default.equal(server.asked.length, 3);
    strict_1.default.deepEqual(await namesOf(await server.client().agents.list({ page: 2 })), ["Agent 2", "Agent 3"]);
});
(0, node_test_1.test)("pages() gives the pages", async () => {
    const server = await pages(3);
    const numbers = [];
    for await (const page of server.client().agents.list().pages())
        numbers.push(page.meta?.current_page);
    strict_1.default.deepEqual(numbers, [1, 2, 3]);
});
(0, node_test_1.test)("the next page is fetched while one is in use, and no more", async () => {
    const server = await pages(9);
    for await (const _ of server.client().agents.list()) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        break;
    }
    strict_1.default.equal(server.asked.length, 2);
});
(0, node_test_1.test)("a failure shows where its page is reached", async () => {
    const server = await (0, server_js_1.serve)((_, index) => index === 0 ? (0, server_js_1.agentPage)(1, 2) : { status: 404, body: { message: "gone", statusCode: 404 } });
    const seen = [];
    await strict_1.default.rejects(async () => {
        for await (const agent of server.client().agents.list())
            seen.push(agent.name);
    }, bimpe_1.NotFoundError);
    strict_1.default.deepEqual(seen, ["Agent 1"]);
});
(0, node_test_1.test)("page numbers that go in circles end in an error", async () => {
    const server = await (0, server_js_1.serve)(() => (0, server_js_1.agentPage)(1, 5));
    await strict_1.default.rejects(namesOf(server.client().agents.list()), bimpe_1.PaginationError);
    strict_1.default.ok(server.asked.length <= 3);
});
(0, node_test_1.test)("a page can be had with its response", async () => {
    const server = await (0, server_js_1.serve)(() => ({ ...(0, server_js_1.ok)([]), headers: { "x-request-id": "r-9" } }));
    const { data, response } = await server.client().agents.list().withResponse();
    strict_1.default.equal(data.meta, null);
    strict_1.default.equal(data.requestId, "r-9");
    strict_1.default.equal(response.requestId, "r-9");
});
