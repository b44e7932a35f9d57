// Writes the ESM entries with the name of each export, because `bun build` drops the names of an `export *`.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const dist = join(import.meta.dirname, "../dist");
const require = createRequire(import.meta.url);

for (const [folder, entry] of [
  [dist, "entry.js"],
  [join(dist, "testing"), "index.js"],
  [join(dist, "otel"), "index.js"],
]) {
  const names = Object.keys(require(join(folder, "index.js"))).sort();
  const text = `// ES modules and CommonJS share one copy of the classes.
import all from "./${entry}";

export const {
  ${names.join(",\n  ")},
} = all;
`;
  writeFileSync(join(folder, "index.mjs"), text);
}
