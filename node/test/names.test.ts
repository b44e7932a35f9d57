// Names of the official package, as values and as types.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as bimpe from "bimpe";
import { compile } from "./support/compile.js";
import { PACKAGE } from "./support/sandbox.js";

const LIST = readFileSync(join(PACKAGE, "../tests/official/typescript-names.txt"), "utf8");
const NAMES = LIST.split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(" ") as ["value" | "type", string]);

/** Types that have a parameter. */
const GENERIC = new Set(["ApiResponse", "Page", "PagePromise"]);

test("exports all official names", () => {
  assert.notEqual(NAMES.length, 0);
  const values = new Map<string, unknown>(Object.entries(bimpe));
  for (const [kind, name] of NAMES) {
    if (kind === "value")
      assert.equal(typeof values.get(name), name === "VERSION" ? "string" : "function", name);
  }
  const types = NAMES.map(([, name]) => name).filter((name) => name !== "VERSION");
  const uses = types.map((name) => `  ${name}: ${name}${GENERIC.has(name) ? "<string>" : ""};`);
  const folder = join(PACKAGE, ".build/names");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "names.ts"),
    `import type { ${types.join(", ")} } from "bimpe";\nexport interface All {\n${uses.join("\n")}\n}\n`,
  );
  compile(folder);
});
