// Bundlers and runtimes that only `cargo xtask test --only bundlers` tests.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build, installInto, moved, PAGE, project, recipe, shell, works } from "../support.mjs";

for (const [title, start] of [
  ["webpack", "main.cjs"],
  ["ncc", "index.mjs"],
  ["@vercel/nft", "main.mjs"],
]) {
  test(`${title}: runs`, async () => {
    // The tracer copies only files below the current folder.
    const folder = await build(title, { installed: title === "@vercel/nft" });
    works(await shell(`node ${start}`, folder), folder);
  });
}

for (const title of ["rollup", "Vite"]) {
  test(`${title}: runs`, async () => {
    const folder = await build(title);
    installInto(folder);
    works(await shell("node main.mjs", folder), folder);
  });
}

test("webpack with externals: runs", async () => {
  const [, externals] = /`(externals: [^`]*)`/.exec(PAGE);
  const folder = await build("webpack", {
    file: (ours) => ours.replace(/module: .*/, `${externals},`),
  });
  installInto(folder);
  works(await shell("node main.cjs", folder), folder);
});

test("Vitest with jsdom: runs", async () => {
  const folder = project("vitest", {
    "agents.test.js": `// @vitest-environment jsdom
      import { BimpeAI, NotFoundError } from "bimpe";
      import { expect, test } from "vitest";
      test("requests", async () => {
        expect(window.document).toBeDefined();
        const client = new BimpeAI();
        expect((await client.agents.list()).data).not.toHaveLength(0);
        await expect(client.agents.retrieve("missing")).rejects.toThrow(NotFoundError);
      });`,
  });
  const { failed, text } = await shell("vitest run --root .", folder);
  assert.ok(!failed, text);
});

const ROOT = join(import.meta.dirname, "../../..");
const PACKED = join(ROOT, "target/npm");
const tarball = (name) => `file:${join(PACKED, readdirSync(PACKED).find((file) => name.test(file)))}`;
const NATIVE = tarball(/^bimpe-native-/);
// Otherwise both look for the optional dependencies in the registry, Yarn also for those of other platforms.
const platforms = JSON.parse(readFileSync(join(ROOT, "node/scripts/platforms.json"), "utf8"));
const overrides = Object.fromEntries(platforms.map((platform) => [`bimpe-native-${platform}`, NATIVE]));
const MANIFEST = JSON.stringify({
  private: true,
  type: "module",
  dependencies: { bimpe: tarball(/^bimpe-\d/) },
  resolutions: overrides,
  pnpm: { overrides },
});

test("pnpm: runs", async () => {
  const folder = project("pnpm", { "package.json": MANIFEST });
  const { failed, text } = await shell("pnpm install --offline --ignore-workspace --store-dir store", folder);
  assert.ok(!failed, text);
  const target = moved(folder);
  works(await shell("node main.mjs", target), target);
});

test("Yarn Plug'n'Play: runs", async () => {
  const files = {
    "package.json": MANIFEST,
    "yarn.lock": "",
    ".yarnrc.yml": "enableGlobalCache: false\n",
  };
  const folder = project("yarn", files);
  const { failed, text } = await shell("yarn install", folder);
  assert.ok(!failed, text);
  const target = moved(folder);
  works(await shell("yarn node main.mjs", target), target);
});

test("Deno: runs, also without --allow-ffi", async () => {
  const { line } = recipe("Deno");
  const folder = project("deno");
  works(await shell(line, folder));
  works(await shell(`${line.replace("--allow-ffi", "--allow-net")} < /dev/null`, folder));
});
