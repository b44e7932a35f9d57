// Starts runtimes that run tests/edge/call.mjs. Each returns a function that sends a request there, and one that stops it.
import { spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const here = import.meta.dirname;
export const project = join(here, ".build");
const server = join(project, "server.mjs");

/** Writes the program of docs/edge.md that begins with a comment of this path into the project. Returns its path. */
export function writeSnippet(name) {
  const page = readFileSync(join(here, "../../docs/edge.md"), "utf8");
  const all = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, text]) => text);
  const text = all.find((text) => text.startsWith(`// ${name}\n`));
  if (text === undefined) throw new Error(`docs/edge.md has no program ${name}`);
  const path = join(project, name);
  writeFileSync(path, text);
  return path;
}

/** Imports the entry of browsers, from the installed package or a folder. */
export const importEntry = (folder = join(project, "node_modules/bimpe/dist/wasm")) =>
  import(pathToFileURL(join(folder, "browser.mjs")).href);

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

/**
 * Opens a page with a module in Chromium. `args` are more arguments of the browser. `routes` has functions that return the
 * texts of other paths from their parameters.
 */
export async function chromiumWith(source, { args = [], routes = {} } = {}) {
  const folder = join(project, "page");
  await build({
    entryPoints: [source],
    outfile: join(folder, "main.mjs"),
    bundle: true,
    format: "esm",
    platform: "browser",
    logLevel: "error",
  });
  cpSync(join(project, "node_modules/bimpe/dist/wasm/bimpe.wasm"), join(folder, "bimpe.wasm"));
  const files = createServer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
    if (pathname in routes) return response.end(await routes[pathname](searchParams));
    const type = { mjs: "text/javascript", wasm: "application/wasm" }[pathname.split(".").pop()] ?? "text/html";
    response.setHeader("content-type", type);
    // Without this icon, the browser would request a missing file.
    const page = '<!doctype html><link rel="icon" href="data:,"><title>Test</title>';
    return response.end(pathname === "/" ? page : readFileSync(join(folder, pathname)));
  });
  await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
  const { chromium } = createRequire(new URL("../page/package.json", import.meta.url))("playwright-core");
  // Containers do not let the browser create its own sandbox.
  const options = { executablePath: process.env.CHROMIUM, args: ["--no-sandbox", ...args] };
  const browser = await chromium.launch(options);
  const page = await browser.newPage();
  // Busy machines need longer than the default.
  page.setDefaultTimeout(120_000);
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
