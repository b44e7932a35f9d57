// A sandbox and a browser for the tests of the pages.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

/** Starts a sandbox and a browser for the tests of a file. `prepare` creates objects first. */
export function setUp(prepare = () => {}) {
  const world = { open: (options) => open(world, options) };
  before(async () => {
    const options = ["sandbox", "--port", "0", "--json", "--quiet", "--exit-with-parent"];
    world.process = spawn(process.env.BIMPE_BIN, options, { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await once(world.process.stdout, "data");
    world.sandbox = JSON.parse(String(line));
    // Containers do not let the browser create its own sandbox.
    world.browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
    await prepare(world);
  });
  after(async () => {
    await world.browser?.close();
    world.process?.kill();
  });
  return world;
}

/** Opens a tab. `check` fails if the console got an error, or if the tab sent a request to another origin. */
async function open(world, options = {}) {
  const context = await world.browser.newContext({ baseURL: world.sandbox.url, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== world.sandbox.url) errors.push(`request to ${request.url()}`);
  });
  const check = async () => {
    assert.deepEqual(errors, []);
    await context.close();
  };
  return { page, check };
}

/** Sends a request of the Console API, as a program would. */
export async function request({ sandbox }, method, path, body) {
  const response = await fetch(`${sandbox.url}/api/v1/console${path}`, {
    method,
    headers: { Authorization: `Bearer ${sandbox.api_key}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  return (await response.json()).data;
}
