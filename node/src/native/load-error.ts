import { BimpeAIError } from "../errors/classes.js";
import { VERSION } from "../version.js";
import { buildState, fileName, libraryFolder, neighbors, packageName } from "./installed.js";

/** A build of the native module that failed to load. */
export interface LoadFailure {
  /** The platform of the build. */
  build: string;
  cause: unknown;
}

const MIN_NODE = 20;
const RECIPES = "docs/bundlers.md has a recipe for each bundler.";
const REINSTALL = "If node_modules was copied from another machine, run `npm install` on this one.";
const DAMAGED = "The copy is incomplete or changed: remove node_modules and run `npm install`.";
const BANNER = "import{createRequire as r}from'node:module';const require=r(import.meta.url);";

/** Returns the error for a Node older than the minimum, or undefined. */
export function nodeVersionError(): BimpeAIError | undefined {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= MIN_NODE) return undefined;
  return new BimpeAIError(`bimpe ${VERSION} requires Node ${MIN_NODE} or newer; this is Node ${node}`);
}

/** Returns the error for a file that `BIMPE_NATIVE_PATH` names. */
export function overrideError(path: string, cause: unknown): BimpeAIError {
  const reason = permissionReason(cause) ?? `the file does not load: ${textOf(cause)}`;
  return new BimpeAIError(`BIMPE_NATIVE_PATH is ${path}: ${reason}`, { cause });
}

/** Returns the error for a native module that a bundler replaced. */
export function replacedError(name: string, module: unknown): BimpeAIError {
  return new BimpeAIError(
    `bimpe ${VERSION} cannot load its native module: the bundler replaced ${name} by a ${typeof module}. Let the ` +
      `bundler copy the file (esbuild: --loader:.node=copy; webpack: node-loader). ${RECIPES}`,
  );
}

/** Returns the error for a build whose file has another size than its package says. */
export function damagedError(build: string): BimpeAIError {
  return new BimpeAIError(
    `bimpe ${VERSION} cannot load its native module: ${fileName(build)} of ${packageName(build)} has the wrong size. ` +
      DAMAGED,
  );
}

/** Returns the error for a package without a build that loads. */
export function loadError(failures: readonly LoadFailure[]): BimpeAIError {
  // The error of an existing file is more specific than that of a missing one.
  const failure = failures.find(({ cause }) => !isMissing(cause)) ?? (failures[0] as LoadFailure);
  const { cause } = failure;
  const reason =
    permissionReason(cause) ??
    requireReason(cause) ??
    (isMissing(cause) ? missingReason(failures) : incompatibleReason(failure));
  return new BimpeAIError(`bimpe ${VERSION} cannot load its native module: ${reason}`, { cause });
}

/** Returns the reason if the runtime forbids native code. */
function permissionReason(cause: unknown): string | undefined {
  if ("deno" in process.versions && /--allow-ffi|NotCapable|PermissionDenied/.test(String(cause))) {
    return "Deno forbids native code. Add `--allow-ffi` to `deno run`.";
  }
  if (codeOf(cause) === "ERR_DLOPEN_DISABLED") {
    return "Node forbids native code. Add `--allow-addons`, or remove `--no-addons`.";
  }
  return undefined;
}

/** Returns the reason if `require` is missing. Each bundler words this error differently, without a code. */
function requireReason(cause: unknown): string | undefined {
  if (codeOf(cause) !== undefined || !/require/.test(textOf(cause))) return undefined;
  return `the bundle is an ES module without \`require\`. Begin it with \`${BANNER}\`. ${RECIPES}`;
}

function missingReason(failures: readonly LoadFailure[]): string {
  const platform = `${process.platform}-${process.arch}`;
  if (failures.some(({ cause }) => cause === undefined)) {
    return `bimpe has no build for ${platform}. Supported are darwin, linux and win32 on arm64 and x64.`;
  }
  const library = libraryFolder();
  const states = failures.map(({ build }) => library && buildState(library, build));
  // Source maps let the frames of a bundle name the installed package, whose build then exists.
  if (library === undefined || states.includes("whole")) {
    return (
      `the bundle lacks ${failures.map(({ build }) => fileName(build)).join(" or ")}. ` +
      "Keep bimpe out of the bundle (esbuild: --external:bimpe; webpack: externals; " +
      'Next.js: serverExternalPackages: ["bimpe"]), let the bundler copy the file (esbuild: --loader:.node=copy; ' +
      `webpack: node-loader), or set BIMPE_NATIVE_PATH to the file. ${RECIPES}`
    );
  }
  const incomplete = failures.find((_, index) => states[index] === "missing");
  if (incomplete !== undefined) {
    return `${packageName(incomplete.build)} lacks its file ${fileName(incomplete.build)}. ${DAMAGED}`;
  }
  const needed = failures.map(({ build }) => build).filter(fitsLibc);
  const expected = needed.map(packageName).join(" or ");
  const others = neighbors(library);
  if (others.length > 0) {
    return `${others.join(", ")} is installed, but ${platform} needs ${expected}. ${REINSTALL}`;
  }
  return (
    `the optional dependency ${expected} is not installed. Install without \`--omit=optional\` and ` +
    "`--no-optional`. npm also leaves it out if another platform wrote package-lock.json: remove node_modules and " +
    "package-lock.json, and run `npm install`. If a deployment left it out, include node_modules/bimpe-native-*. In a " +
    "checkout, run `cargo xtask setup`."
  );
}

/** Returns whether a build is for the C library of this system, or the C library is unknown. */
function fitsLibc(build: string): boolean {
  const current = process.platform === "linux" ? libc() : undefined;
  return current === undefined || build.endsWith(current.startsWith("glibc") ? "-gnu" : "-musl");
}

/** Returns the reason for a file that exists and does not load. */
function incompatibleReason({ build, cause }: LoadFailure): string {
  const name = fileName(build);
  const text = textOf(cause);
  const current = libc();
  const required = /\bGLIBC_[\d.]+(?=.*not found)/.exec(text)?.[0];
  if (required !== undefined) {
    return `${name} requires ${required}, and this system has ${current ?? "an older one"}. Use a newer system.`;
  }
  const expected = build.endsWith("-musl") ? "musl" : "glibc";
  if (process.platform === "linux" && current?.startsWith(expected) === false) {
    return `${name} requires ${expected}, and this system has ${current}. ${REINSTALL}`;
  }
  return `${name} does not load: ${text}. ${REINSTALL}`;
}

/** Returns the C library of this system, or undefined if Deno forbids the report. */
function libc(): string | undefined {
  try {
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime === undefined ? "musl" : `glibc ${header.glibcVersionRuntime}`;
  } catch {
    return undefined;
  }
}

function isMissing(cause: unknown): boolean {
  return cause === undefined || codeOf(cause) === "MODULE_NOT_FOUND";
}

function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
