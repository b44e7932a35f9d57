// Packs bimpe, bimpe-cli and the package of its binary for this platform, and installs the command beside bimpe.
// Arguments: the binary, and the folder of the tarballs. The folder then has nothing else.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { libc } from "./platform.mjs";

const [binary, destination] = process.argv.slice(2);
const bimpe = join(import.meta.dirname, "..");
const cli = join(bimpe, "../crates/bimpe-cli");

rmSync(destination, { recursive: true, force: true });
mkdirSync(destination, { recursive: true });
pack(bimpe);
const tarballs = [pack(cli)];
const folder = mkdtempSync(join(tmpdir(), "bimpe-cli-"));
try {
  writePlatformPackage(folder);
  tarballs.push(pack(folder));
} finally {
  rmSync(folder, { recursive: true });
}
// Offline, because npm would look for the packages of the other platforms. Without `--save-dev`, npm ignores a package that
// is an optional peer.
const options = ["--no-save", "--save-dev", "--offline", "--no-audit", "--no-fund"];
npm(bimpe, "install", ...options, ...tarballs);

function writePlatformPackage(folder) {
  const { platform, arch } = process;
  const file = platform === "win32" ? "bimpe.exe" : "bimpe";
  const { version, license, author, optionalDependencies } = JSON.parse(
    readFileSync(join(cli, "package.json")),
  );
  const libcName = { glibc: "-gnu", musl: "-musl" }[libc] ?? "";
  const name = `bimpe-cli-${platform}-${arch}${libcName}`;
  if (!(name in optionalDependencies)) throw new Error(`bimpe-cli has no optional dependency ${name}`);
  const manifest = {
    name,
    version,
    description: `The binary of bimpe-cli for ${platform}-${arch}${libcName}`,
    license,
    author,
    preferUnplugged: true,
    files: [file],
    os: [platform],
    cpu: [arch],
    ...(libc && { libc: [libc] }),
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(
    join(folder, "README.md"),
    `The binary of \`bimpe-cli\` for ${platform}-${arch}${libcName}.\n`,
  );
  copyFileSync(join(cli, "LICENSE"), join(folder, "LICENSE"));
  copyFileSync(binary, join(folder, file));
}

/** Packs a folder without its scripts, which would build it again. Returns the tarball. */
function pack(folder) {
  const [{ filename }] = JSON.parse(
    npm(folder, "pack", "--json", "--ignore-scripts", "--pack-destination", destination),
  );
  return join(destination, filename);
}

function npm(cwd, ...args) {
  const windows = process.platform === "win32";
  return execFileSync(windows ? "npm.cmd" : "npm", args, { cwd, encoding: "utf8", shell: windows });
}
