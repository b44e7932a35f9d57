/**
 * Returns the path of the `bimpe` binary for this platform.
 *
 * @example
 * ```ts
 * import { execFileSync } from "node:child_process";
 * import { findBin } from "bimpe-cli";
 *
 * console.log(execFileSync(findBin(), ["--version"], { encoding: "utf8" }));
 * ```
 *
 * @throws {Error} The package of this platform is missing.
 */
export function findBin(): string;
