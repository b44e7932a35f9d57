import { BimpeAIError } from "../errors/classes.js";
import { builtins } from "../util/node-builtins.js";
import { VERSION } from "../version.js";
import type { Binding } from "./binding.js";
import { type LoadFailure, loadError, nodeVersionError, overrideError, replacedError } from "./load-error.js";

let loaded: Binding | undefined;

/** Returns the native module, and loads it on first use. */
export function native(): Binding {
  loaded ??= load();
  return loaded;
}

function load(): Binding {
  const versionError = nodeVersionError();
  if (versionError !== undefined) throw versionError;
  const override = process.env.BIMPE_NATIVE_PATH;
  if (override) return checkVersion(loadOverride(override), override);
  const failures: LoadFailure[] = [];
  for (const build of candidates()) {
    const name = `bimpe.${build}.node`;
    const result = loadBuild(build);
    if ("module" in result) return checkVersion(result.module, name);
    failures.push({ name, cause: result.cause });
  }
  throw loadError(failures);
}

/** Returns the builds for this system. Linux has two, because loading both is faster than a query for the C library. */
function candidates(): string[] {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return [`${platform}-gnu`, `${platform}-musl`];
  return [process.platform === "win32" ? `${platform}-msvc` : platform];
}

/**
 * Loads a build of this package. Bundlers and tracers follow only a `require` of a literal. They ignore a missing file
 * only if the `require` is in a `try`.
 */
function loadBuild(build: string): { module: unknown } | { cause: unknown } {
  try {
    switch (build) {
      case "darwin-arm64":
        return { module: require("../../bimpe.darwin-arm64.node") };
      case "darwin-x64":
        return { module: require("../../bimpe.darwin-x64.node") };
      case "linux-arm64-gnu":
        return { module: require("../../bimpe.linux-arm64-gnu.node") };
      case "linux-arm64-musl":
        return { module: require("../../bimpe.linux-arm64-musl.node") };
      case "linux-x64-gnu":
        return { module: require("../../bimpe.linux-x64-gnu.node") };
      case "linux-x64-musl":
        return { module: require("../../bimpe.linux-x64-musl.node") };
      case "win32-arm64-msvc":
        return { module: require("../../bimpe.win32-arm64-msvc.node") };
      case "win32-x64-msvc":
        return { module: require("../../bimpe.win32-x64-msvc.node") };
      default:
        return { cause: undefined };
    }
  } catch (cause) {
    return { cause };
  }
}

/** Loads the file of `BIMPE_NATIVE_PATH` without `require`, because bundlers replace a `require` of an expression. */
function loadOverride(path: string): unknown {
  const holder = { exports: {} as unknown };
  try {
    process.dlopen(holder, builtins.path.resolve(path));
  } catch (cause) {
    throw overrideError(path, cause);
  }
  return holder.exports;
}

function checkVersion(module: unknown, name: string): Binding {
  const version = (module as Partial<Binding> | null | undefined)?.VERSION;
  if (version === VERSION) return module as Binding;
  if (version === undefined) throw replacedError(name, module);
  throw new BimpeAIError(
    `bimpe is ${VERSION}, but its native module ${name} is ${version}: ` +
      "remove node_modules/bimpe and run `npm install`",
  );
}
