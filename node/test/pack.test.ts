import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PACKAGE } from "./support/sandbox.js";

const folder = mkdtempSync(join(tmpdir(), "bimpe-pack-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
}

test("the packed package installs and runs", () => {
  const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], PACKAGE);
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const path of ["README.md", "LICENSE", "dist/index.js", "dist/index.mjs", "dist/index.d.mts"]) {
    assert.ok(paths.includes(path), path);
  }
  const strangers = paths.filter(
    (path) => !/^(dist\/|bimpe\..*\.node$|README|LICENSE|package\.json)/.test(path),
  );
  assert.deepEqual(strangers, []);

  writeFileSync(join(folder, "package.json"), "{}");
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`]);
  const use = "try { new BimpeAI({ apiKey: ' ' }) } catch (error) { console.log(error.name) }";
  writeFileSync(join(folder, "a.mjs"), `import { BimpeAI } from "bimpe"; ${use}`);
  writeFileSync(join(folder, "b.cjs"), `const { BimpeAI } = require("bimpe"); ${use}`);
  assert.equal(run(process.execPath, ["a.mjs"]), "UserError\n");
  assert.equal(run(process.execPath, ["b.cjs"]), "UserError\n");
});
