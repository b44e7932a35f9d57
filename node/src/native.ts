import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Binding } from "./binding.js";
import { BimpeAIError } from "./errors.js";
import { VERSION } from "./version.js";

/** What follows platform and architecture in the file name. */
const SUFFIXES: Record<string, readonly string[]> = {
  darwin: [""],
  linux: ["-gnu", "-musl"],
  win32: ["-msvc"],
};

const FOLDER = join(__dirname, "..");

let loaded: Binding | undefined;

/** The native module, loaded when it is first needed. */
export function native(): Binding {
  loaded ??= load();
  return loaded;
}

function load(): Binding {
  const platform = `${process.platform}-${process.arch}`;
  const names = (SUFFIXES[process.platform] ?? [""]).map((suffix) => `bimpe.${platform}${suffix}.node`);
  let cause: unknown;
  for (const name of names) {
    const file = join(FOLDER, name);
    if (!existsSync(file)) continue;
    try {
      return checked(require(file) as Binding, name);
    } catch (error) {
      cause = error;
    }
  }
  if (cause instanceof BimpeAIError) throw cause;
  const reason =
    cause === undefined ? `it holds no ${names.join(" or ")}` : `its native module does not load`;
  throw new BimpeAIError(
    `bimpe ${VERSION} does not run on ${platform} as it is installed: ${reason}. ` +
      "If node_modules was copied from another machine, run `npm install` on this one; " +
      "in a checkout, run `npm run build` in its folder `node`.",
    { cause },
  );
}

function checked(binding: Binding, name: string): Binding {
  if (binding.VERSION === VERSION) return binding;
  throw new BimpeAIError(
    `bimpe is ${VERSION}, but its native module ${name} is ${binding.VERSION}: ` +
      "remove node_modules/bimpe and run `npm install`",
  );
}
