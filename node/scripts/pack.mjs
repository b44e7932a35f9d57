// Packs bimpe, bimpe-cli and their packages for this platform, and installs the latter and bimpe-cli beside bimpe.
// Arguments: the binary, and the folder of the tarballs. The folder then has nothing else.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { currentPlatform, npm, packageName, packMain, packPlatform } from "./packages.mjs";

const [binary, destination] = process.argv.slice(2);
const bimpe = join(import.meta.dirname, "..");
const platform = currentPlatform();
const native = join(bimpe, "node_modules", packageName("native", platform), `bimpe.${platform}.node`);

rmSync(destination, { recursive: true, force: true });
packMain("native", destination);
const tarballs = [
  packMain("cli", destination),
  packPlatform("native", platform, native, destination),
  packPlatform("cli", platform, binary, destination),
];
// Offline, because npm would look for the packages of the other platforms. Without `--save-dev`, npm ignores a package that
// is an optional peer.
const options = ["--no-save", "--save-dev", "--offline", "--no-audit", "--no-fund"];
npm(bimpe, "install", ...options, ...tarballs);
