// Writes the ESM entry with the name of each export, because `bun build` drops the names of an `export *`.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const dist = join(import.meta.dirname, "../dist");
const names = Object.keys(createRequire(import.meta.url)(join(dist, "index.js"))).sort();
const text = `// ES modules and CommonJS share one copy of the classes.
import all from "./entry.js";

export const {
  ${names.join(",\n  ")},
} = all;
`;
writeFileSync(join(dist, "index.mjs"), text);
