// Programs of the documentation, most of whose route handlers forward a stream, against the sandbox.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** The folder of the programs, with the packed packages in its node_modules. */
export const BUILD = join(process.cwd(), ".build");
const DOCS = join(import.meta.dirname, "../../docs");
const { BimpeAI, RateLimitError } = createRequire(join(BUILD, "package.json"))("bimpe");
const client = new BimpeAI();

/** The most streams that the sandbox opens for a key. */
const LIMIT = 20;
const LONG_AGO = "2020-01-01T00:00:00Z";

/** Writes the program of a page that begins with a comment of this path. Returns the file. */
export function program(path, page = "web-services.md") {
  const all = [...readFileSync(join(DOCS, page), "utf8").matchAll(/^```js\n(.*?)^```/gms)].map(([, text]) => text);
  const text = all.find((text) => text.startsWith(`// ${path}\n`));
  assert.ok(text, `docs/${page} has no program ${path}`);
  const file = join(BUILD, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A running server. */
export class Server {
  #process;
  #url;

  /** Starts a server, and waits for the line that names its port. */
  static async start(command, args) {
    const server = new Server();
    const env = { ...process.env, PORT: "0", NEXT_TELEMETRY_DISABLED: "1" };
    server.#process = spawn(command, args, { cwd: BUILD, env, stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => server.#process.kill("SIGKILL"));
    for await (const line of createInterface(server.#process.stdout)) {
      const port = /port (\d+)|localhost:(\d+)/.exec(line);
      if (port === null) continue;
      server.#url = `http://127.0.0.1:${port[1] ?? port[2]}`;
      server.#process.stdout.resume();
      return server;
    }
    throw new Error(`${command} ended before it was ready`);
  }

  /** Opens a stream. Returns the reader of its lines, the response, and a function that disconnects. */
  async open(agent, conversation) {
    const controller = new AbortController();
    const url = `${this.#url}/agents/${agent}/conversations/${conversation}/messages?after=${LONG_AGO}`;
    const response = await fetch(url, { signal: controller.signal });
    return { response, reader: response.body.getReader(), disconnect: () => controller.abort() };
  }

  /** Sends a request to a path of the server. */
  fetch(path) {
    return fetch(this.#url + path);
  }

  /** Asks the server to end. Returns its exit code. */
  async stop(signal = "SIGTERM") {
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    const [code] = await ended;
    return code;
  }
}

/** Creates a conversation of an agent. */
export async function conversation() {
  const agent = await client.agents.list().first();
  const message = { message: "Hello", channel_type: "webchat", is_test_channel: true };
  const channel_user_id = "0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10";
  const { conversation_id } = await client.conversations.send(agent.id, { ...message, channel_user_id });
  return [agent.id, conversation_id];
}

/** Whether the sandbox opens one more stream. */
async function opensAnother([agent, conversation]) {
  const options = { after: LONG_AGO, maxRetries: 0 };
  const stream = client.conversations.messages.stream(agent, conversation, options);
  try {
    return !(await stream.next()).done;
  } catch (error) {
    if (error instanceof RateLimitError) return false;
    throw error;
  } finally {
    stream.close();
  }
}

/** Waits until the sandbox opens one more stream. */
async function untilClosed(ids) {
  for (let tries = 0; tries < 200; tries++) {
    if (await opensAnother(ids)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("the streams are still open at the sandbox");
}

/** Checks that a server forwards events, and closes its streams at the API when their clients disconnect. */
export async function forwards(server, ids) {
  const first = await server.open(...ids);
  assert.equal(first.response.headers.get("content-type"), "application/x-ndjson");
  const [line] = new TextDecoder().decode((await first.reader.read()).value).split("\n");
  assert.equal(JSON.parse(line).message, "Hello");
  const all = [first];
  while (all.length < LIMIT) {
    const stream = await server.open(...ids);
    await stream.reader.read();
    all.push(stream);
  }
  assert.equal(await opensAnother(ids), false, "the sandbox counts the streams of the server");
  for (const { disconnect } of all) disconnect();
  await untilClosed(ids);
}

/** Checks that a server ends although a client reads a stream. */
export async function endsWithOpenStreams(server, ids) {
  const { reader } = await server.open(...ids);
  await reader.read();
  const ended = (async () => {
    while (!(await reader.read()).done);
  })().catch(() => {});
  const code = await server.stop();
  await ended;
  return code;
}
