"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.KEY = void 0;
exports.serve = serve;
exports.ok = ok;
exports.agentPage = agentPage;
// A scripted server: each test says what to answer, and sees what was asked.
const node_http_1 = require("node:http");
const bimpe_1 = require("bimpe");
exports.KEY = "sk_canary_4f81c2";
/** Starts a server that answers with what `reply` gives; `undefined` leaves the request without answer. */
async function serve(reply) {
    const asked = [];
    const server = (0, node_http_1.createServer)(async (request, response) => {
        const chunks = [];
        for await (const chunk of request)
            chunks.push(chunk);
        const { method = "", url = "", headers } = request;
        const path = url.replace("/api/v1/console", "");
        asked.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
        const answer = reply(asked.at(-1), asked.length - 1);
        if (answer === undefined)
            return;
        response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
        response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${server.address().port}`;
    // Neither server nor connections keep the process alive when the tests are done.
    server.unref().on("connection", (socket) => socket.unref());
    return { url, asked, client: (options) => new bimpe_1.BimpeAI({ apiKey: exports.KEY, baseUrl: url, ...options }) };
}
/** An answer with this data. */
function ok(data, meta) {
    return { body: { message: "ok", data, ...(meta === undefined ? {} : { meta }) } };
}
/** Page `number` of `count` pages, each of which holds one agent. */
function agentPage(number, count) {
    const meta = {
        total_count: count,
        page_count: count,
        current_page: number,
        limit: 1,
        has_next_page: number < count,
        has_previous_page: number > 1,
    };
    return ok([{ id: `agent-${number}`, name: `Agent ${number}` }], meta);
}
