// Measures one client once, in a new process.
//
// Usage: measure.mjs CASE CLIENT URL COUNT. Prints one JSON object: `cpu` and `wall` seconds, threads included, and
// `count`. The baselines are installed in the folder of this file.

import { createRequire } from "node:module";

const KEY = "sk_test";
const PER_PAGE = 20;
const PREFIX = "/api/v1/console";
const require = createRequire(import.meta.url);
const headers = { authorization: `Bearer ${KEY}`, accept: "application/json" };

/** bimpe or the official library: the same methods. */
function library(name, url) {
  const { BimpeAI } = require(name);
  const client = new BimpeAI({ apiKey: KEY, baseUrl: url });
  return {
    retrieve: () => client.agents.retrieve("cm1"),
    page: async (limit) => (await client.agents.list({ limit })).data,
    body: (size) => client.agents.retrieve(String(size)),
    async walk(pages) {
      let seen = 0;
      for await (const _ of client.agents.list({ limit: PER_PAGE })) if (++seen === pages * PER_PAGE) break;
    },
    // A stream of `events` events. All but the first wait for their release.
    held: (events) => client.conversations.messages.stream("cm1", `0-${events}`),
    release: () => client.agents.retrieve("release"),
    async events(chunkSize, count) {
      let seen = 0;
      for await (const _ of client.conversations.messages.stream("cm1", chunkSize)) if (++seen === count) break;
      return seen;
    },
  };
}

/** A function like `fetch` that reads responses as JSON. Splits events at blank lines and does nothing else. */
function fetchClient(fetch, url) {
  const read = async (path) => (await (await fetch(url + PREFIX + path, { headers })).json()).data;
  return {
    retrieve: () => read("/agents/cm1"),
    page: (limit) => read(`/agents?limit=${limit}`),
    async events(chunkSize, count) {
      const response = await fetch(`${url}${PREFIX}/agents/cm1/conversations/${chunkSize}/stream`, { headers });
      const decoder = new TextDecoder();
      let text = "";
      let seen = 0;
      for await (const chunk of response.body) {
        text += decoder.decode(chunk, { stream: true });
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) {
          JSON.parse(event.slice(event.indexOf("data: ") + 6));
          if (++seen === count) return seen;
        }
      }
      return seen;
    },
  };
}

function undici(url) {
  const { request } = require("undici");
  const read = async (path) => (await (await request(url + PREFIX + path, { headers })).body.json()).data;
  return { retrieve: () => read("/agents/cm1"), page: (limit) => read(`/agents?limit=${limit}`) };
}

const makers = {
  bimpe: (url) => library("bimpe", url),
  official: (url) => library("@bimpeai/sdk", url),
  fetch: (url) => fetchClient(fetch, url),
  undici,
};

async function inTasks(request, count, tasks) {
  const work = async (requests) => {
  for (let index = 0; index < requests; index++) await request();
  };
  const run = (requests) => Promise.all(Array.from({ length: tasks }, () => work(requests)));
  await run(Math.max(1, Math.ceil(count / 5 / tasks)));
  return spent(async () => {
    await run(Math.floor(count / tasks));
    return Math.floor(count / tasks) * tasks;
  });
}

/** Reads `count` events from `streams` concurrent streams. */
async function inStreams(client, count, streams) {
  const each = Math.floor(count / streams);
  const opened = Array.from({ length: streams }, () => client.held(each + 1)[Symbol.asyncIterator]());
  await Promise.all(opened.map((stream) => stream.next()));
  const rest = async (stream) => {
    for (let index = 0; index < each; index++) await stream.next();
  };
  const sample = await spent(async () => {
    const reading = Promise.all(opened.map(rest));
    await client.release();
    await reading;
    return each * streams;
  });
  await Promise.all(opened.map((stream) => stream.return?.()));
  return sample;
}

async function spent(work) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const count = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1e3, count };
}

async function measure(kind, detail, client, count) {
  switch (kind) {
    case "tasks":
      return inTasks(client.retrieve, count, Number(detail));
    case "page":
      return inTasks(() => client.page(Number(detail)), count, 1);
    case "body":
      return inTasks(() => client.body(Number(detail) * 1024), count, 1);
    case "walk":
      return inTasks(() => client.walk(Number(detail)), count, 1);
    case "streams":
      return inStreams(client, count, Number(detail));
    case "events":
      await client.events(detail, Math.ceil(count / 5));
      return spent(() => client.events(detail, count));
    default:
      throw new Error(`unknown case ${kind}`);
  }
}

const [, , name, client, url, count] = process.argv;
const [kind, detail] = name.split(":");
console.log(JSON.stringify(await measure(kind, detail, makers[client](url), Number(count))));
// Exit explicitly, because open connections of baselines keep the process alive.
process.exit(0);
