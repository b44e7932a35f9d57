// Writes and packs the npm packages: bimpe and bimpe-cli, and for each platform the native module and the binary.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** The platforms of the optional dependencies: system, CPU and, on Linux, C library. */
export const PLATFORMS = JSON.parse(readFileSync(join(import.meta.dirname, "platforms.json"), "utf8"));

/** The kinds of packages for a platform: the package that requires them, and the name of their file. */
const KINDS = {
  native: { folder: "..", of: "bimpe", file: (platform) => `bimpe.${platform}.node`, title: "native module" },
  cli: {
    folder: "../../crates/bimpe-cli",
    of: "bimpe-cli",
    file: (platform) => (platform.startsWith("win32") ? "bimpe.exe" : "bimpe"),
    title: "binary",
  },
};

/** The licenses of the crates that the native module or the binary links. */
const LICENSES = "THIRD_PARTY_LICENSES.txt";

/** Returns the name of the package of a platform. */
export const packageName = (kind, platform) => `bimpe-${kind}-${platform}`;

/** Returns the platform of this process. */
export function currentPlatform() {
  const { platform, arch, report } = process;
  if (platform !== "linux") return `${platform}-${arch}`;
  return `linux-${arch}-${report.getReport().header.glibcVersionRuntime ? "gnu" : "musl"}`;
}

/** Packs the package that requires those of the platforms, with a list of crates if given. Returns the tarball. */
export function packMain(kind, destination, sbom) {
  const source = sourceOf(kind);
  const { private: _, scripts, devDependencies, ...manifest } = readManifest(source);
  const names = PLATFORMS.map((platform) => packageName(kind, platform));
  manifest.optionalDependencies = Object.fromEntries(names.map((name) => [name, manifest.version]));
  return inNewFolder((folder) => {
    manifest.files.push(LICENSES);
    for (const name of [...manifest.files, "README.md", "LICENSE"]) {
      cpSync(join(source, name), join(folder, name), { recursive: true });
    }
    if (sbom) manifest.files.push(addSbom(folder, sbom));
    writeManifest(folder, manifest);
    return pack(folder, destination);
  });
}

/** Packs the file of a platform, the native module or the binary, with the list of its crates if given. Returns the tarball. */
export function packPlatform(kind, platform, file, destination, sbom) {
  return inNewFolder((folder) => {
    writePlatform(kind, platform, file, folder, sbom);
    return pack(folder, destination);
  });
}

/** Writes the package with the file of a platform to a folder, with the list of its crates if given. */
export function writePlatform(kind, platform, file, folder, sbom) {
  if (!PLATFORMS.includes(platform)) throw new Error(`platforms.json lacks ${platform}`);
  const [os, cpu, libc] = platform.split("-");
  const { of, title, file: nameOf } = KINDS[kind];
  const { version, license, author } = readManifest(sourceOf(kind));
  const name = nameOf(platform);
  mkdirSync(folder, { recursive: true });
  // Copied aside and renamed, because a running process may have the old file mapped.
  copyFileSync(file, join(folder, `${name}.new`));
  renameSync(join(folder, `${name}.new`), join(folder, name));
  writeManifest(folder, {
    name: packageName(kind, platform),
    version,
    description: `The ${title} of ${of} for ${platform}`,
    license,
    author,
    ...(kind === "native" && { main: name }),
    // The library compares it, because loading a file that is not whole ends the process.
    ...(kind === "native" && { size: statSync(file).size }),
    preferUnplugged: true,
    files: [name, LICENSES, ...(sbom ? [addSbom(folder, sbom)] : [])],
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc === "gnu" ? "glibc" : libc] }),
  });
  writeFileSync(join(folder, "README.md"), `The ${title} of \`${of}\` for ${platform}.\n`);
  for (const text of ["LICENSE", LICENSES]) copyFileSync(join(sourceOf(kind), text), join(folder, text));
}

/** Runs npm, and returns its output. */
export function npm(cwd, ...args) {
  const windows = process.platform === "win32";
  return execFileSync(windows ? "npm.cmd" : "npm", args, { cwd, encoding: "utf8", shell: windows });
}

/** Copies the list of crates into a package. Returns the name of the file. */
function addSbom(folder, sbom) {
  copyFileSync(sbom, join(folder, basename(sbom)));
  return basename(sbom);
}

function sourceOf(kind) {
  return join(import.meta.dirname, KINDS[kind].folder);
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

function writeManifest(folder, manifest) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function inNewFolder(write) {
  const folder = mkdtempSync(join(tmpdir(), "bimpe-pack-"));
  try {
    return write(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function pack(folder, destination) {
  mkdirSync(destination, { recursive: true });
  const [{ filename }] = JSON.parse(npm(folder, "pack", "--json", "--pack-destination", destination));
  return join(destination, basename(filename));
}
