// Builds the native module, and writes its package for this platform into node_modules.
// `--release` optimizes the module, as in the published package.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { currentPlatform, packageName, writePlatform } from "./packages.mjs";

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

const platform = currentPlatform();
const folder = join(root, "node/node_modules", packageName("native", platform));
writePlatform("native", platform, library, folder);
