// Errors of a native module that does not load.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PACKAGE } from "./support/sandbox.js";

const root = mkdtempSync(join(tmpdir(), "bimpe-loading-"));
after(() => rmSync(root, { recursive: true, force: true }));

const NATIVE = join(PACKAGE, readdirSync(PACKAGE).find((name) => name.endsWith(".node")) ?? "");
const onLinux = { skip: process.platform !== "linux" };
let installed = 0;

/** Copies the package to a new folder, with these files instead of its native module. */
function install(files: Record<string, string>): string {
  installed += 1;
  const folder = join(root, `${installed}/node_modules/bimpe`);
  mkdirSync(folder, { recursive: true });
  for (const name of ["dist", "package.json"])
    cpSync(join(PACKAGE, name), join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

interface Setup {
  /** The folder of the package. */
  folder?: string;
  /** JavaScript that runs before the import. */
  before?: string;
  /** Options of Node. */
  flags?: string[];
  /** `BIMPE_NATIVE_PATH`. */
  path?: string;
}

/** Returns the message that the first client throws. */
function failure({ folder = PACKAGE, before = "", flags = [], path = "" }: Setup): string {
  const program = `${before};
    const { BimpeAI, BimpeAIError } = require(${JSON.stringify(folder)});
    try { new BimpeAI({ apiKey: "sk_x" }); console.log("it loads"); }
    catch (error) { console.log(error instanceof BimpeAIError ? error.message : error); }`;
  const options = { encoding: "utf8", env: { ...process.env, BIMPE_NATIVE_PATH: path } } as const;
  return execFileSync(process.execPath, [...flags, "--eval", program], options).trim();
}

/** Returns JavaScript that changes properties of `process`. */
function patchProcess(facts: object): string {
  return Object.entries(facts)
    .map(([name, value]) => `Object.defineProperty(process, "${name}", { value: ${JSON.stringify(value)} })`)
    .join(";");
}

/** Returns JavaScript that makes native modules fail with this error. */
function failNative(message: string, code?: string): string {
  const error = `Object.assign(new Error(${JSON.stringify(message)}), ${JSON.stringify({ code })})`;
  return `require("node:module")._extensions[".node"] = () => { throw ${error}; }`;
}

test("load error names an unsupported platform", () => {
  const before = patchProcess({ platform: "sunos", arch: "x64" });
  assert.match(
    failure({ before }),
    /^bimpe \S+ cannot load its native module: bimpe has no build for sunos-x64\. Supported are /,
  );
});

test("load error names a build for another platform", () => {
  const folder = install({ "bimpe.win32-x64-msvc.node": "" });
  const message = failure({ folder, before: patchProcess({ platform: "darwin", arch: "arm64" }) });
  assert.match(
    message,
    /bimpe has bimpe\.win32-x64-msvc\.node, but darwin-arm64 needs bimpe\.darwin-arm64\.node\. /,
  );
  assert.match(message, /run `npm install` on this one/);
});

test("load error names a missing build", () => {
  const message = failure({ folder: install({}) });
  assert.match(message, /node_modules.bimpe has no build, but /);
  assert.match(message, /include node_modules\/bimpe\/\*\.node/);
});

test("load error names a build for another C library", onLinux, () => {
  const musl = `bimpe.linux-${process.arch}-musl.node`;
  const folder = install({ [musl]: "" });
  const escaped = musl.replaceAll(".", "\\.");
  assert.match(failure({ folder }), new RegExp(`${escaped} requires musl, and this system has glibc 2`));
  const before = `${failNative("Error loading shared library ld-linux-x86-64.so.2", "ERR_DLOPEN_FAILED")};
    process.report.getReport = () => ({ header: {} })`;
  assert.match(failure({ before }), /-gnu\.node requires glibc, and this system has musl\. If node_modules/);
});

test("load error names an old C library", onLinux, () => {
  const before = failNative(
    "/lib/libc.so.6: version `GLIBC_2.99' not found (required by x.node)",
    "ERR_DLOPEN_FAILED",
  );
  assert.match(
    failure({ before }),
    /-gnu\.node requires GLIBC_2\.99, and this system has glibc 2\.\d+\. Use a newer/,
  );
});

test("load error has the cause of a damaged file", () => {
  const before = failNative("file too short", "ERR_DLOPEN_FAILED");
  assert.match(failure({ before }), /\.node does not load: file too short\. If node_modules/);
});

test("load error names an old Node", () => {
  const before = patchProcess({ versions: { ...process.versions, node: "18.20.0" } });
  assert.match(failure({ before }), /^bimpe \S+ requires Node 20 or newer; this is Node 18\.20\.0$/);
});

test("load error names the flag that allows native code", () => {
  assert.match(failure({ flags: ["--no-addons"] }), /Node forbids native code\. .*`--allow-addons`/);
  const deno = patchProcess({ versions: { ...process.versions, deno: "2.9.6" } });
  const refusal = failNative("Requires ffi access, run again with the --allow-ffi flag");
  assert.match(failure({ before: `${deno}; ${refusal}` }), /Deno forbids native code\. Add `--allow-ffi`/);
});

test("load error names the mistake of a bundle", () => {
  // Stack frames of a bundle lack the file names of the package.
  const bundled = "Error.stackTraceLimit = 0";
  const folder = install({});
  const message = failure({ folder, before: bundled });
  assert.match(message, /: the bundle lacks bimpe\..*\.node\. Keep bimpe out of the bundle/);
  assert.match(message, /esbuild: --loader:\.node=copy.*BIMPE_NATIVE_PATH.*docs\/bundlers\.md/);
  for (const words of ["require is not defined", 'Dynamic require of "../a.node" is not supported']) {
    const without = failure({ before: `${bundled}; ${failNative(words)}` });
    assert.match(without, /ES module without `require`.*import\{createRequire as r\}from'node:module'/);
  }
  const asPath = `require("node:module")._extensions[".node"] = (module) => { module.exports = "./a.node" }`;
  assert.match(
    failure({ before: asPath }),
    /the bundler replaced bimpe\..* by a string.*--loader:\.node=copy/,
  );
});

test("BIMPE_NATIVE_PATH overrides the native module", () => {
  assert.equal(failure({ folder: install({}), path: NATIVE }), "it loads");
  assert.match(
    failure({ path: "/nowhere.node" }),
    /^BIMPE_NATIVE_PATH is \/nowhere\.node: the file does not load: /,
  );
  assert.match(
    failure({ path: NATIVE, flags: ["--no-addons"] }),
    /BIMPE_NATIVE_PATH.*Node forbids native code/,
  );
});

test("browsers and edge runtimes get an entry that throws", () => {
  const { browser, exports } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as {
    browser: Record<string, string>;
    exports: { ".": Record<string, { default: string }> };
  };
  const entries = exports["."];
  const places = [entries["edge-light"], entries.workerd].map((entry) => entry?.default);
  for (const kind of ["import", "require"]) places.push(browser[entries[kind]?.default ?? ""]);
  for (const folder of places) {
    assert.throws(() => require(join(PACKAGE, folder ?? "")), /does not run in browsers or edge runtimes/);
  }
});
