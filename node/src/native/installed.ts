import { FRAME_PREFIX } from "../errors/frame-prefix.js";
import { builtins } from "../util/node-builtins.js";

/** The names of the packages with a native module begin with this. The name of the platform follows. */
const PREFIX = "bimpe-native-";

/** Returns the name of the package with the build of a platform. */
export function packageName(build: string): string {
  return `${PREFIX}${build}`;
}

/** Returns the name of the file of a build. */
export function fileName(build: string): string {
  return `bimpe.${build}.node`;
}

/** Returns the folder of the installed package `bimpe`, or undefined in a bundle. */
export function libraryFolder(): string | undefined {
  if (FRAME_PREFIX === undefined) return undefined;
  const { fs, path, url } = builtins;
  const dist = FRAME_PREFIX.startsWith("file:") ? url.fileURLToPath(FRAME_PREFIX) : FRAME_PREFIX;
  const folder = path.join(dist, "..");
  return fs.existsSync(folder) ? folder : undefined;
}

/** Returns the names of the packages with a build for any platform that lie beside `bimpe`. */
export function neighbors(library: string): string[] {
  const { fs, path } = builtins;
  const folders = [path.join(library, ".."), path.join(library, "node_modules")].filter(fs.existsSync);
  return folders.flatMap((folder) => fs.readdirSync(folder)).filter((name) => name.startsWith(PREFIX));
}

/** The state of an installed build: its file is whole, has another size than its package says, or is missing. */
export type BuildState = "whole" | "damaged" | "missing";

/** Returns the state of a build, or undefined if its package is not installed. */
export function buildState(library: string, build: string): BuildState | undefined {
  const { fs, module, path } = builtins;
  let manifest: string;
  try {
    // Not `require.resolve`, because bundlers would replace it.
    const resolver = module.createRequire(path.join(library, "package.json"));
    manifest = resolver.resolve(`${packageName(build)}/package.json`);
  } catch {
    return undefined;
  }
  const { size } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { size?: number };
  const file = fs.statSync(path.join(manifest, "..", fileName(build)), { throwIfNoEntry: false });
  if (file === undefined) return "missing";
  return size === undefined || file.size === size ? "whole" : "damaged";
}
