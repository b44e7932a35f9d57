import { BimpeAIError } from "../errors/classes.js";
import { builtins } from "../util/node-builtins.js";
import { VERSION } from "../version.js";
import type { Binding } from "./binding.js";
import { buildState, fileName, libraryFolder } from "./installed.js";
import {
  damagedError,
  type LoadFailure,
  loadError,
  nodeVersionError,
  overrideError,
  replacedError,
} from "./load-error.js";

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
  const library = libraryFolder();
  for (const build of candidates()) {
    // Checked first, because a file that ends early ends the process while it is loaded.
    if (library !== undefined && buildState(library, build) === "damaged") throw damagedError(build);
    const result = loadBuild(build);
    if ("module" in result) return checkVersion(result.module, fileName(build));
    failures.push({ build, cause: result.cause });
  }
  throw loadError(failures);
}

/** Returns the builds for this system. Linux has two, because loading both is faster than a query for the C library. */
function candidates(): string[] {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return [`${platform}-gnu`, `${platform}-musl`];
  return [platform];
}

/**
 * Loads a build from its package. Bundlers and tracers follow only a `require` of a literal. They ignore a missing
 * package only if the `require` is in a `try`.
 */
function loadBuild(build: string): { module: unknown } | { cause: unknown } {
  try {
    switch (build) {
      case "darwin-arm64":
        return { module: require("bimpe-native-darwin-arm64") };
      case "darwin-x64":
        return { module: require("bimpe-native-darwin-x64") };
      case "linux-arm64-gnu":
        return { module: require("bimpe-native-linux-arm64-gnu") };
      case "linux-arm64-musl":
        return { module: require("bimpe-native-linux-arm64-musl") };
      case "linux-x64-gnu":
        return { module: require("bimpe-native-linux-x64-gnu") };
      case "linux-x64-musl":
        return { module: require("bimpe-native-linux-x64-musl") };
      case "win32-arm64":
        return { module: require("bimpe-native-win32-arm64") };
      case "win32-x64":
        return { module: require("bimpe-native-win32-x64") };
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
      "remove node_modules and run `npm install`",
  );
}
