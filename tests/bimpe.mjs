// The npm package, its methods by operation, and the tables of test cases.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { camel } from "./names.mjs";

export const packageFile = new URL("../node/package.json", import.meta.url);
/** The file of the package to test, such as `dist/wasm/browser.mjs`, in place of the entry of Node. */
const entry = process.env.BIMPE_ENTRY;
export const isWasm = entry !== undefined;
// The name `bimpe` resolves only inside the folder of the package.
export const bimpe = isWasm ? await import(new URL(entry, packageFile)) : createRequire(packageFile)("bimpe");

/** Returns a table of the folder `cases`. */
export const readCases = (name) => JSON.parse(readFileSync(new URL(`cases/${name}.json`, import.meta.url), "utf8"));

/** Returns the method of an operation, such as `agents.list`. */
export function methodOf(client, operation) {
  const names = operation.split(".").map(camel);
  const method = names.pop();
  const resource = names.reduce((parent, name) => parent[name], client);
  return resource[method].bind(resource);
}
