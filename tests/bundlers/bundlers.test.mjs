// Bundlers and runtimes that `cargo xtask test` tests. The folder `more` has those of `--only bundlers`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { build, moved, project, recipe, shell, works } from "./support.mjs";

test("esbuild, CommonJS: runs", async () => {
  const folder = await build("esbuild, CommonJS");
  works(await shell("node main.cjs", folder), folder);
});

test("esbuild, ES module: runs", async () => {
  const folder = await build("esbuild, ES module");
  works(await shell("node main.mjs", folder), folder);
});

test("esbuild, ES module without the banner: the error has the banner", async () => {
  const line = (ours) => ours.replace(/\\\n.*/, "");
  const folder = await build("esbuild, ES module", { line });
  const { errors, text } = await shell("node main.mjs", folder);
  const [banner] = recipe("esbuild, ES module").line.match(/import\{.*;(?=")/);
  assert.ok(errors.includes(`an ES module without \`require\`. Begin it with \`${banner}\``), text);
});

test("esbuild without the native module: the error names the loader", async () => {
  const line = (ours) => ours.replace("--loader:.node=copy", "--external:bimpe-native-*");
  const folder = await build("esbuild, CommonJS", { line });
  const { errors, text } = await shell("node main.cjs", folder);
  assert.match(errors, /the bundle lacks bimpe\..*\.node\. .*esbuild: --loader:\.node=copy/, text);
});

test("esbuild with the loader `file`: the error names the loader `copy`", async () => {
  const line = (ours) => ours.replace(".node=copy", ".node=file");
  const folder = await build("esbuild, CommonJS", { line });
  const { errors, text } = await shell("node main.cjs", folder);
  assert.match(errors, /the bundler replaced bimpe\..* by a string.*--loader:\.node=copy/, text);
});

for (const flag of ["--webpack", "--turbopack"]) {
  test(`Next.js ${flag}: runs`, async () => {
    const { files, line } = recipe("Next.js");
    const folder = project(`Next.js ${flag}`, files);
    mkdirSync(join(folder, "app"));
    writeFileSync(
      join(folder, "app/route.js"),
      `import { use } from "../use.mjs";
       export const dynamic = "force-dynamic";
       export const GET = async () => Response.json(await use());`,
    );
    const { failed, text } = await shell(`${line} ${flag}`, folder);
    assert.ok(!failed, text);
    const standalone = moved(join(folder, ".next/standalone"));
    // Next.js keeps the path of the project below the outermost lock file.
    const found = readdirSync(standalone, { recursive: true });
    const server = found.find((file) => file.endsWith("server.js") && !file.includes("node_modules"));
    works(await firstResponse(join(standalone, server)), standalone);
  });
}

/** Starts a server in its own folder, and returns its first response. */
async function firstResponse(file) {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), HOSTNAME: "127.0.0.1" };
  const child = spawn(process.execPath, [file], {
    cwd: dirname(file),
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => sleep(100));
      if (response === undefined) continue;
      const out = await response.text();
      return { out, text: `${response.status} ${out}` };
    }
    throw new Error(`${file} does not respond`);
  } finally {
    child.kill();
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

test("Jest with jsdom: runs", async () => {
  const folder = project("jest", {
    "agents.test.cjs": `/** @jest-environment jsdom */
      const { BimpeAI, NotFoundError } = require("bimpe");
      test("requests", async () => {
        expect(window.document).toBeDefined();
        const client = new BimpeAI();
        expect((await client.agents.list()).data).not.toHaveLength(0);
        await expect(client.agents.retrieve("missing")).rejects.toThrow(NotFoundError);
      });`,
  });
  const { failed, text } = await shell("jest --rootDir . --testMatch '**/*.test.cjs'", folder);
  assert.ok(!failed, text);
});

test("Bun: runs", async () => {
  works(await shell("bun main.mjs", project("bun")));
});

test("bun build: runs", async () => {
  const folder = await build("bun build");
  works(await shell("node main.js", folder), folder);
  works(await shell("bun main.js", folder));
});
