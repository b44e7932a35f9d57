// The tarballs of `cargo xtask setup`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import { nativeModule, PACKAGE } from "./support/sandbox.js";

const folder = mkdtempSync(join(tmpdir(), "bimpe-pack-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const PACKED = join(PACKAGE, "../target/npm");
const NATIVE = basename(dirname(nativeModule()));
const library = tarball(/^bimpe-\d/);
const native = tarball(new RegExp(`^${NATIVE}-\\d`));

function tarball(name: RegExp): string {
  return join(
    PACKED,
    readdirSync(PACKED).find((file) => name.test(file)) ?? assert.fail(`no tarball ${name}`),
  );
}

function run(command: string, args: string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
}

function contents(packed: string): string[] {
  const [{ files }] = JSON.parse(run("npm", ["pack", "--dry-run", "--json", packed])) as [
    { files: { path: string }[] },
  ];
  return files.map(({ path }) => path).sort();
}

test("the package of the library has no native module", () => {
  const paths = contents(library);
  for (const path of ["README.md", "LICENSE", "dist/index.js", "dist/index.mjs", "dist/index.d.mts"]) {
    assert.ok(paths.includes(path), path);
  }
  const strangers = paths.filter((path) => !/^(dist\/|README|LICENSE|THIRD_PARTY|package\.json)/.test(path));
  assert.deepEqual(strangers, []);
});

test("the package of the platform has the native module only", () => {
  const own = ["LICENSE", "README.md", "THIRD_PARTY_LICENSES.txt", basename(nativeModule()), "package.json"];
  assert.deepEqual(contents(native), own.sort());
});

test("the tarballs install without a registry and run", () => {
  writeFileSync(join(folder, "package.json"), "{}");
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", library, native]);
  const use = "new BimpeAI({ apiKey: 'sk_x' }); console.log('it loads')";
  writeFileSync(join(folder, "a.mjs"), `import { BimpeAI } from "bimpe"; ${use}`);
  writeFileSync(join(folder, "b.cjs"), `const { BimpeAI } = require("bimpe"); ${use}`);
  assert.equal(run(process.execPath, ["a.mjs"]), "it loads\n");
  assert.equal(run(process.execPath, ["b.cjs"]), "it loads\n");
});

test("the optional dependencies are the builds that the library looks for", () => {
  const { optionalDependencies, version } = JSON.parse(
    readFileSync(join(folder, "node_modules/bimpe/package.json"), "utf8"),
  ) as { optionalDependencies: Record<string, string>; version: string };
  const loader = readFileSync(join(PACKAGE, "dist/native/load.js"), "utf8");
  const required = [...loader.matchAll(/require\("(bimpe-native-[^"]+)"\)/g)].map(([, name]) => name);
  assert.deepEqual(Object.keys(optionalDependencies), required.sort());
  assert.deepEqual(new Set(Object.values(optionalDependencies)), new Set([version]));
});
