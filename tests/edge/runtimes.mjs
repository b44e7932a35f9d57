// Starts runtimes that run tests/edge/call.mjs. Each returns a function that sends a request there, and one that stops it.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const here = import.meta.dirname;
export const project = join(here, ".build");
const server = join(project, "server.mjs");

/** Writes the file of a section of docs/edge.md into the project. Returns its path. */
export function writeSnippet(title) {
  const page = readFileSync(join(here, "../../docs/edge.md"), "utf8");
  const section = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  const [, text] = /^```js\n(.*?)^```$/ms.exec(section);
  const path = join(project, /^\/\/ (\S+)\n/.exec(text)[1]);
  writeFileSync(path, text);
  return path;
}

/** Starts a sandbox. Returns its address, key and agent, and a function that stops it. */
export async function startSandbox(...options) {
  const args = ["sandbox", "--port", "0", "--json", "--quiet", "--exit-with-parent", ...options];
  const child = spawn(process.env.BIMPE_BIN, args, { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  return { ...JSON.parse(line), stop: () => child.kill() };
}

/** Bundles a program for workerd, as wrangler does: the WebAssembly module stays a file. */
export async function bundle(source, outfile) {
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    logLevel: "error",
  });
}

/** Starts workerd with a bundled program. Returns its address, and a function that stops it. */
export async function startWorker(scriptPath, bindings = {}) {
  const miniflare = new Miniflare({
    modules: true,
    modulesRules: [
      { type: "ESModule", include: ["**/*.mjs"] },
      { type: "CompiledWasm", include: ["**/*.wasm"] },
    ],
    scriptPath,
    compatibilityDate: "2026-07-01",
    bindings,
  });
  return { url: await miniflare.ready, stop: () => miniflare.dispose() };
}

/** Starts tests/edge/call.mjs in workerd. */
export async function workerd() {
  const script = join(project, "worker/main.mjs");
  await bundle(join(project, "worker.mjs"), script);
  const { url, stop } = await startWorker(script);
  return { call: (input) => post(url, input), stop };
}

/** Starts tests/edge/call.mjs in Deno or Bun, from the folder of the installed package. */
export async function program(command, ...options) {
  const child = spawn(command, [...options, server], { cwd: project, stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    child.stdout.once("data", (data) => resolve(String(data)));
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}`)));
  });
  return { call: (input) => post(line.trim(), input), stop: () => child.kill() };
}

/** Opens a page with the files of a folder in Chromium, which gets more arguments. */
export async function chromium(bundled, args) {
  const files = createServer(({ url }, response) => {
    const type = { mjs: "text/javascript", wasm: "application/wasm" }[url.split(".").pop()] ?? "text/html";
    response.setHeader("content-type", type);
    // Without this icon, the browser would request a missing file.
    const page = '<!doctype html><link rel="icon" href="data:,"><title>Test</title>';
    response.end(url === "/" ? page : readFileSync(join(bundled, url)));
  });
  await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
  const { chromium } = createRequire(new URL("../page/package.json", import.meta.url))("playwright-core");
  // Containers do not let the browser create its own sandbox.
  const options = { executablePath: process.env.CHROMIUM, args: ["--no-sandbox", ...args] };
  const browser = await chromium.launch(options);
  const page = await browser.newPage();
  const origin = `http://127.0.0.1:${files.address().port}`;
  await page.goto(origin);
  return {
    page,
    origin,
    call: (input) =>
      page.evaluate(async (given) => {
        const { call } = await import("/main.mjs");
        return call(given);
      }, input),
    stop: async () => {
      await browser.close();
      files.close();
    },
  };
}

async function post(url, input) {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(input) });
  return response.json();
}
