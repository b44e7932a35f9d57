// Writes the names of the package into its ESM entry. `bun build` loses those of an `export *` from CommonJS.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const dist = join(import.meta.dirname, "../dist");
const names = Object.keys(createRequire(import.meta.url)(join(dist, "index.js"))).sort();
const text = `// Both module systems share one copy of the classes.\nexport {\n  ${names.join(",\n  ")},\n} from "./index.js";\n`;
writeFileSync(join(dist, "index.mjs"), text);
