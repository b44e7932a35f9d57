import { builtin } from "./builtin.js";
import { BimpeAIError } from "./errors.js";
import { HERE } from "./here.js";
import { VERSION } from "./version.js";

/** A native module that does not load. */
export interface Failure {
  /** Its file's name. */
  name: string;
  cause: unknown;
}

const OLDEST = 20;
const PAGE = "docs/bundlers.md has a recipe for each bundler.";
const REINSTALL = "If node_modules was copied from another machine, run `npm install` on this one.";
const BANNER = "import{createRequire as r}from'node:module';const require=r(import.meta.url);";

/** The error of a Node that is too old. */
export function tooOld(): BimpeAIError | undefined {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= OLDEST) return undefined;
  return new BimpeAIError(`bimpe ${VERSION} needs Node ${OLDEST} or newer; this is Node ${node}`);
}

/** The error of a file that `BIMPE_NATIVE_PATH` names. */
export function misplaced(path: string, cause: unknown): BimpeAIError {
  const reason = forbidden(cause) ?? `it does not load: ${textOf(cause)}`;
  return new BimpeAIError(`BIMPE_NATIVE_PATH names ${path}: ${reason}`, { cause });
}

/** The error of a file in whose place a bundler put something else. */
export function replaced(name: string, module: unknown): BimpeAIError {
  return new BimpeAIError(
    `bimpe ${VERSION} is bundled with a ${typeof module} in the place of ${name}. Let the bundler copy the file ` +
      `(esbuild: --loader:.node=copy; webpack: node-loader). ${PAGE}`,
  );
}

/** The error that tells why no native module of this package loads. */
export function unloadable(failures: readonly Failure[]): BimpeAIError {
  // A file that is there tells more than one that is not.
  const failure = failures.find(({ cause }) => !isMissing(cause)) ?? (failures[0] as Failure);
  const { cause } = failure;
  const reason =
    forbidden(cause) ?? withoutRequire(cause) ?? (isMissing(cause) ? missing(failures) : unfit(failure));
  return new BimpeAIError(`bimpe ${VERSION} cannot load its native module: ${reason}`, { cause });
}

function forbidden(cause: unknown): string | undefined {
  if ("deno" in process.versions && /--allow-ffi|NotCapable|PermissionDenied/.test(String(cause))) {
    return "Deno forbids native code. Run it with `--allow-ffi`.";
  }
  if (codeOf(cause) === "ERR_DLOPEN_DISABLED") {
    return "Node forbids native code. Start it with `--allow-addons`, and without `--no-addons`.";
  }
  return undefined;
}

/** Each bundler has its own words for a `require` that an ES module lacks. */
function withoutRequire(cause: unknown): string | undefined {
  if (codeOf(cause) !== undefined || !/require/.test(textOf(cause))) return undefined;
  return `the bundle is an ES module without \`require\`. Begin it with \`${BANNER}\`. ${PAGE}`;
}

/** Why no file is there. */
function missing(failures: readonly Failure[]): string {
  const platform = `${process.platform}-${process.arch}`;
  if (failures.some(({ cause }) => cause === undefined)) return `there is no build for ${platform}.`;
  const names = failures.map(({ name }) => name);
  const wanted = names.join(" or ");
  const folder = installedIn();
  const held =
    folder === undefined
      ? undefined
      : builtin.fs.readdirSync(folder).filter((name) => name.endsWith(".node"));
  // With source maps, a stack tells of the files that were bundled, which may be there.
  if (held === undefined || held.some((name) => names.includes(name))) {
    return (
      `the bundle lacks ${wanted}. Keep bimpe out of the bundle (esbuild: --external:bimpe; webpack: externals; ` +
      'Next.js: serverExternalPackages: ["bimpe"]), let the bundler copy the file (esbuild: --loader:.node=copy; ' +
      `webpack: node-loader), or name the file in BIMPE_NATIVE_PATH. ${PAGE}`
    );
  }
  return (
    `${folder} holds ${held.join(", ") || "no build"}, but ${platform} needs ${wanted}. ${REINSTALL} If a deployment ` +
    "left the file out, include node_modules/bimpe/*.node. In a checkout, run `npm run build` in its folder `node`."
  );
}

/** The folder of the package; nothing in a bundle. */
function installedIn(): string | undefined {
  if (HERE === undefined) return undefined;
  const folder = builtin.path.join(HERE.startsWith("file:") ? builtin.url.fileURLToPath(HERE) : HERE, "..");
  return builtin.fs.existsSync(folder) ? folder : undefined;
}

/** Why a file that is there does not load. */
function unfit({ name, cause }: Failure): string {
  const text = textOf(cause);
  const here = libc();
  const newer = /\bGLIBC_[\d.]+(?=.*not found)/.exec(text)?.[0];
  if (newer !== undefined) {
    return `${name} needs ${newer}, and this system has ${here ?? "an older one"}. Use a newer system.`;
  }
  const wanted = name.endsWith("-musl.node") ? "musl" : "glibc";
  if (process.platform === "linux" && here?.startsWith(wanted) === false) {
    return `${name} is for systems with ${wanted}, and this one has ${here}. ${REINSTALL}`;
  }
  return `${name} does not load: ${text}. ${REINSTALL}`;
}

/** The C library of this system. Deno may forbid to ask. */
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
