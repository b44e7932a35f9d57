// Errors of a native module that does not load.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import { nativeModule, PACKAGE } from "./support/sandbox.js";

const root = mkdtempSync(join(tmpdir(), "bimpe-loading-"));
after(() => rmSync(root, { recursive: true, force: true }));

const NATIVE = nativeModule();
const NATIVE_PACKAGE = dirname(NATIVE);
const onLinux = { skip: process.platform !== "linux" };
let installed = 0;

/** Copies the package to a new folder, and writes packages of these platforms with the text of their file. */
function install(builds: Record<string, string | undefined>): string {
  installed += 1;
  const modules = join(root, `${installed}/node_modules`);
  const folder = join(modules, "bimpe");
  mkdirSync(folder, { recursive: true });
  for (const name of ["dist", "package.json"])
    cpSync(join(PACKAGE, name), join(folder, name), { recursive: true });
  for (const [build, text] of Object.entries(builds)) {
    const name = `bimpe.${build}.node`;
    const native = join(modules, `bimpe-native-${build}`);
    mkdirSync(native);
    writeFileSync(join(native, "package.json"), JSON.stringify({ main: name }));
    if (text !== undefined) writeFileSync(join(native, name), text);
  }
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
  const folder = install({ "win32-x64": "" });
  const message = failure({ folder, before: patchProcess({ platform: "darwin", arch: "arm64" }) });
  assert.match(
    message,
    /: bimpe-native-win32-x64 is installed, but darwin-arm64 needs bimpe-native-darwin-arm64\. /,
  );
  assert.match(message, /run `npm install` on this one/);
});

test("load error names the optional dependency that is not installed", () => {
  const message = failure({ folder: install({}) });
  assert.ok(
    message.includes(`: the optional dependency ${basename(NATIVE_PACKAGE)} is not installed. `),
    message,
  );
  assert.match(
    message,
    /`--omit=optional`.*another platform wrote package-lock\.json: remove node_modules and /,
  );
});

test("load error names the file that a package lacks", () => {
  const build = basename(NATIVE_PACKAGE).slice("bimpe-native-".length);
  const message = failure({ folder: install({ [build]: undefined }) });
  assert.ok(
    message.includes(`: bimpe-native-${build} lacks its file bimpe.${build}.node. The copy is `),
    message,
  );
  assert.match(message, /remove node_modules and run `npm install`/);
});

test("a file that ends early is an error, and the process continues", () => {
  const folder = install({});
  const native = join(folder, "..", basename(NATIVE_PACKAGE));
  cpSync(NATIVE_PACKAGE, native, { recursive: true });
  assert.equal(failure({ folder }), "it loads");
  const file = join(native, basename(NATIVE));
  truncateSync(file, statSync(file).size / 2);
  const expected = `${basename(NATIVE)} of ${basename(NATIVE_PACKAGE)} has the wrong size. The copy is incomplete`;
  const message = failure({ folder });
  assert.ok(message.includes(expected), message);
});

test("load error names a build of another version", () => {
  const folder = install({});
  const text = 'exports.VERSION = "0.0.9";';
  const before = `require("node:module")._extensions[".node"] = (module) => module._compile(${JSON.stringify(text)}, "a.js")`;
  const native = join(folder, "..", basename(NATIVE_PACKAGE));
  cpSync(NATIVE_PACKAGE, native, { recursive: true });
  assert.match(
    failure({ folder, before }),
    /its native module bimpe\..*\.node is 0\.0\.9: remove node_modules and/,
  );
});

test("load error names a build for another C library", onLinux, () => {
  const musl = `linux-${process.arch}-musl`;
  const folder = install({ [musl]: "" });
  const escaped = `bimpe\\.${musl}\\.node`;
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

test("a CommonJS bundle for browsers gets an entry that throws", () => {
  const { browser } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as {
    browser: Record<string, string>;
  };
  assert.throws(
    () => require(join(PACKAGE, browser["./dist/index.js"] ?? "")),
    /no CommonJS entry for browsers: use `import`/,
  );
});
