import type { Binding } from "./binding.js";
import { builtin } from "./builtin.js";
import { BimpeAIError } from "./errors.js";
import { type Failure, misplaced, replaced, tooOld, unloadable } from "./unloadable.js";
import { VERSION } from "./version.js";

let loaded: Binding | undefined;

/** The native module, loaded when it is first needed. */
export function native(): Binding {
  loaded ??= load();
  return loaded;
}

function load(): Binding {
  const old = tooOld();
  if (old !== undefined) throw old;
  const chosen = process.env.BIMPE_NATIVE_PATH;
  if (chosen) return checked(named(chosen), chosen);
  const failures: Failure[] = [];
  for (const build of builds()) {
    const name = `bimpe.${build}.node`;
    const found = shipped(build);
    if ("module" in found) return checked(found.module, name);
    failures.push({ name, cause: found.cause });
  }
  throw unloadable(failures);
}

/** The builds that may run here. To try both is faster than to ask which libc this is. */
function builds(): string[] {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return [`${platform}-gnu`, `${platform}-musl`];
  return [process.platform === "win32" ? `${platform}-msvc` : platform];
}

/**
 * Loads a build of this package. Bundlers and tracers follow `require` of a literal only, and pass over a missing file
 * only if the call stands in a `try`.
 */
function shipped(build: string): { module: unknown } | { cause: unknown } {
  try {
    switch (build) {
      case "darwin-arm64":
        return { module: require("../bimpe.darwin-arm64.node") };
      case "darwin-x64":
        return { module: require("../bimpe.darwin-x64.node") };
      case "linux-arm64-gnu":
        return { module: require("../bimpe.linux-arm64-gnu.node") };
      case "linux-arm64-musl":
        return { module: require("../bimpe.linux-arm64-musl.node") };
      case "linux-x64-gnu":
        return { module: require("../bimpe.linux-x64-gnu.node") };
      case "linux-x64-musl":
        return { module: require("../bimpe.linux-x64-musl.node") };
      case "win32-arm64-msvc":
        return { module: require("../bimpe.win32-arm64-msvc.node") };
      case "win32-x64-msvc":
        return { module: require("../bimpe.win32-x64-msvc.node") };
      default:
        return { cause: undefined };
    }
  } catch (cause) {
    return { cause };
  }
}

/** Loads the file that the variable names. Bundlers would replace `require` of an expression. */
function named(path: string): unknown {
  const holder = { exports: {} as unknown };
  try {
    process.dlopen(holder, builtin.path.resolve(path));
  } catch (cause) {
    throw misplaced(path, cause);
  }
  return holder.exports;
}

function checked(module: unknown, name: string): Binding {
  const version = (module as Partial<Binding> | null | undefined)?.VERSION;
  if (version === VERSION) return module as Binding;
  if (version === undefined) throw replaced(name, module);
  throw new BimpeAIError(
    `bimpe is ${VERSION}, but its native module ${name} is ${version}: ` +
      "remove node_modules/bimpe and run `npm install`",
  );
}
