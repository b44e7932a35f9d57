// The package `bimpe-cli`: a launcher of the `bimpe` command.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { PACKAGE } from "./support/sandbox.js";

const CLI = join(PACKAGE, "node_modules/bimpe-cli");
const LAUNCHER = join(CLI, "npm/bimpe.js");
const onPosix = { skip: process.platform === "win32" };

const folder = mkdtempSync(join(tmpdir(), "bimpe-command-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Manifest {
  version: string;
}

test("the launcher runs the binary of this platform", () => {
  const { version } = JSON.parse(readFileSync(join(CLI, "package.json"), "utf8")) as Manifest;
  const { findBin } = require(CLI) as { findBin(): string };
  for (const command of [[findBin()], [process.execPath, LAUNCHER]]) {
    const [program = "", ...args] = command;
    assert.equal(execFileSync(program, [...args, "--version"], { encoding: "utf8" }), `bimpe ${version}\n`);
  }
});

test("the packages have the launcher, the binary, the schema and their licenses only", () => {
  const { findBin } = require(CLI) as { findBin(): string };
  const own = [
    "LICENSE",
    "README.md",
    "THIRD_PARTY_LICENSES.txt",
    "bimpe.schema.json",
    "npm",
    "npm/bimpe.js",
    "npm/index.d.ts",
    "npm/index.js",
    "package.json",
  ];
  assert.deepEqual((readdirSync(CLI, { recursive: true }) as string[]).sort(), own);
  const binary = basename(findBin());
  assert.deepEqual(
    readdirSync(dirname(findBin())).sort(),
    ["LICENSE", "README.md", "THIRD_PARTY_LICENSES.txt", binary, "package.json"].sort(),
  );
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`the launcher passes ${signal} to the command`, onPosix, async () => {
    const child = spawn(process.execPath, [LAUNCHER, "sandbox", "--port", "0", "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve));
    const { url } = JSON.parse(line) as { url: string };
    const ended = new Promise((resolve) => child.once("exit", (...end) => resolve(end)));
    child.kill(signal);
    assert.deepEqual(await ended, [0, null]);
    await assert.rejects(fetch(url), "the command has ended");
  });
}

test("the launcher passes exit codes through", () => {
  assert.equal(spawnSync(process.execPath, [LAUNCHER, "unknown"]).status, 64);
});

test("the launcher ends with the signal that ended the command", onPosix, () => {
  const shim = join(folder, "killed");
  install(shim, { bimpe: true });
  const { signal } = spawnSync(process.execPath, [
    join(shim, "bimpe-cli/npm/bimpe.js"),
    "-e",
    "process.kill(process.pid, 'SIGKILL')",
  ]);
  assert.equal(signal, "SIGKILL");
});

test("the launcher names the missing package of the platform", () => {
  const alone = join(folder, "alone");
  install(alone, { bimpe: false });
  const { status, stderr } = spawnSync(process.execPath, [join(alone, "bimpe-cli/npm/bimpe.js")], {
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.match(stderr, /^bimpe-cli: bimpe-cli lacks its package for this platform, bimpe-cli-/);
  assert.match(stderr, /npm install --include=optional bimpe-cli/);
});

/** Copies the launcher to a folder. With `bimpe`, Node itself takes the place of the binary. */
function install(target: string, { bimpe }: { bimpe: boolean }): void {
  cpSync(CLI, join(target, "bimpe-cli"), { recursive: true });
  if (!bimpe) return;
  const suffix = process.platform === "linux" ? "-gnu" : "";
  const name = `bimpe-cli-${process.platform}-${process.arch}${suffix}`;
  mkdirSync(join(target, "node_modules", name), { recursive: true });
  cpSync(process.execPath, join(target, "node_modules", name, "bimpe"));
}
