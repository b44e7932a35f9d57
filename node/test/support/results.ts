// Access to tests/results.mjs, which records test results of all languages.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE } from "./sandbox.js";

type Values = Record<string, number>;

interface Results {
  isFullRun(): boolean;
  record(guarantee: number, test: string, runs: number, values: Values, limits: Values): void;
}

/** The module `tests/results.mjs`. */
export const results = import(pathToFileURL(join(PACKAGE, "../tests/results.mjs")).href) as Promise<Results>;
