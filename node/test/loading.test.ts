// A package that cannot load says why, and what to do.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PACKAGE } from "./support/sandbox.js";

const folder = mkdtempSync(join(tmpdir(), "bimpe-loading-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const NATIVE = join(PACKAGE, readdirSync(PACKAGE).find((name) => name.endsWith(".node")) ?? "");
const onLinux = { skip: process.platform !== "linux" };
let installed = 0;

/** The package in a folder of its own, with these files in the place of its native module. */
function install(files: Record<string, string>): string {
  installed += 1;
  const place = join(folder, `${installed}/node_modules/bimpe`);
  mkdirSync(place, { recursive: true });
  for (const name of ["dist", "package.json"])
    cpSync(join(PACKAGE, name), join(place, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
  return place;
}

interface Circumstances {
  /** Where the package is. */
  place?: string;
  /** JavaScript that runs before. */
  before?: string;
  flags?: string[];
  path?: string;
}

/** The message of what a new client throws. */
function failure({ place = PACKAGE, before = "", flags = [], path = "" }: Circumstances): string {
  const program = `${before};
    const { BimpeAI, BimpeAIError } = require(${JSON.stringify(place)});
    try { new BimpeAI({ apiKey: "sk_x" }); console.log("it loads"); }
    catch (error) { console.log(error instanceof BimpeAIError ? error.message : error); }`;
  const options = { encoding: "utf8", env: { ...process.env, BIMPE_NATIVE_PATH: path } } as const;
  return execFileSync(process.execPath, [...flags, "--eval", program], options).trim();
}

/** JavaScript that says this is another system. */
function pretend(facts: object): string {
  return Object.entries(facts)
    .map(([name, value]) => `Object.defineProperty(process, "${name}", { value: ${JSON.stringify(value)} })`)
    .join(";");
}

/** JavaScript that lets native modules fail in this way. */
function refuse(message: string, code?: string): string {
  const error = `Object.assign(new Error(${JSON.stringify(message)}), ${JSON.stringify({ code })})`;
  return `require("node:module")._extensions[".node"] = () => { throw ${error}; }`;
}

test("there is no build for the platform", () => {
  const before = pretend({ platform: "sunos", arch: "x64" });
  assert.match(
    failure({ before }),
    /^bimpe \S+ cannot load its native module: there is no build for sunos-x64\.$/,
  );
});

test("the installed build is for another platform", () => {
  const place = install({ "bimpe.win32-x64-msvc.node": "" });
  const message = failure({ place, before: pretend({ platform: "darwin", arch: "arm64" }) });
  assert.match(
    message,
    /bimpe holds bimpe\.win32-x64-msvc\.node, but darwin-arm64 needs bimpe\.darwin-arm64\.node\. /,
  );
  assert.match(message, /run `npm install` on this one/);
});

test("the build was left out", () => {
  const message = failure({ place: install({}) });
  assert.match(message, /node_modules.bimpe holds no build, but /);
  assert.match(message, /include node_modules\/bimpe\/\*\.node/);
});

test("the build is for another C library", onLinux, () => {
  const musl = `bimpe.linux-${process.arch}-musl.node`;
  const place = install({ [musl]: "" });
  const escaped = musl.replaceAll(".", "\\.");
  assert.match(
    failure({ place }),
    new RegExp(`${escaped} is for systems with musl, and this one has glibc 2`),
  );
  const before = `${refuse("Error loading shared library ld-linux-x86-64.so.2", "ERR_DLOPEN_FAILED")};
    process.report.getReport = () => ({ header: {} })`;
  assert.match(
    failure({ before }),
    /-gnu\.node is for systems with glibc, and this one has musl\. If node_modules/,
  );
});

test("the C library is too old", onLinux, () => {
  const before = refuse(
    "/lib/libc.so.6: version `GLIBC_2.99' not found (required by x.node)",
    "ERR_DLOPEN_FAILED",
  );
  assert.match(
    failure({ before }),
    /-gnu\.node needs GLIBC_2\.99, and this system has glibc 2\.\d+\. Use a newer/,
  );
});

test("the file is damaged", () => {
  const before = refuse("file too short", "ERR_DLOPEN_FAILED");
  assert.match(failure({ before }), /\.node does not load: file too short\. If node_modules/);
});

test("Node is too old", () => {
  const before = pretend({ versions: { ...process.versions, node: "18.20.0" } });
  assert.match(failure({ before }), /^bimpe \S+ needs Node 20 or newer; this is Node 18\.20\.0$/);
});

test("native code is forbidden", () => {
  assert.match(failure({ flags: ["--no-addons"] }), /Node forbids native code\. .*`--allow-addons`/);
  const deno = pretend({ versions: { ...process.versions, deno: "2.9.6" } });
  const refusal = refuse("Requires ffi access, run again with the --allow-ffi flag");
  assert.match(
    failure({ before: `${deno}; ${refusal}` }),
    /Deno forbids native code\. Run it with `--allow-ffi`\.$/,
  );
});

test("a bundle lacks the native module, or `require`, or holds its path", () => {
  // In a bundle, our files have no names of their own.
  const bundled = "Error.stackTraceLimit = 0";
  const place = install({});
  const message = failure({ place, before: bundled });
  assert.match(message, /: the bundle lacks bimpe\..*\.node\. Keep bimpe out of the bundle/);
  assert.match(message, /esbuild: --loader:\.node=copy.*BIMPE_NATIVE_PATH.*docs\/bundlers\.md/);
  for (const words of ["require is not defined", 'Dynamic require of "../a.node" is not supported']) {
    const without = failure({ before: `${bundled}; ${refuse(words)}` });
    assert.match(without, /ES module without `require`.*import\{createRequire as r\}from'node:module'/);
  }
  const asPath = `require("node:module")._extensions[".node"] = (module) => { module.exports = "./a.node" }`;
  assert.match(
    failure({ before: asPath }),
    /bundled with a string in the place of bimpe\..*--loader:\.node=copy/,
  );
});

test("BIMPE_NATIVE_PATH names the native module", () => {
  assert.equal(failure({ place: install({}), path: NATIVE }), "it loads");
  assert.match(
    failure({ path: "/nowhere.node" }),
    /^BIMPE_NATIVE_PATH names \/nowhere\.node: it does not load: /,
  );
  assert.match(
    failure({ path: NATIVE, flags: ["--no-addons"] }),
    /BIMPE_NATIVE_PATH.*Node forbids native code/,
  );
});

test("a bundle for browsers gets an error that says so", () => {
  const { browser, exports } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as {
    browser: Record<string, string>;
    exports: { ".": Record<string, { default: string }> };
  };
  const entries = exports["."];
  const places = [entries["edge-light"], entries.workerd].map((entry) => entry?.default);
  for (const kind of ["import", "require"]) places.push(browser[entries[kind]?.default ?? ""]);
  for (const place of places) {
    assert.throws(() => require(join(PACKAGE, place ?? "")), /runs in Node, Bun and Deno, not in browsers/);
  }
});
