// Builds the native module and copies it beside package.json, with the file name of src/native/load.ts.
// `--release` optimizes the module, as in the published package.
import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { libc } from "./platform.mjs";

const root = join(import.meta.dirname, "../..");
const profile = process.argv.includes("--release") ? "release" : "debug";

const cargo = ["build", "--package", "bimpe-node", "--message-format", "json-render-diagnostics"];
const messages = execFileSync("cargo", profile === "release" ? [...cargo, "--release"] : cargo, {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 1 << 28,
  stdio: ["ignore", "pipe", "inherit"],
});
const library = messages
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line))
  .find((message) => message.reason === "compiler-artifact" && message.target.name === "bimpe_node")
  .filenames.find((file) => /\.(so|dylib|dll)$/.test(file));

const suffix = { linux: libc === "musl" ? "-musl" : "-gnu", win32: "-msvc" }[process.platform] ?? "";
const target = join(import.meta.dirname, "..", `bimpe.${process.platform}-${process.arch}${suffix}.node`);

// Copied aside and renamed, because a running process may have the old file mapped.
copyFileSync(library, `${target}.new`);
renameSync(`${target}.new`, target);
