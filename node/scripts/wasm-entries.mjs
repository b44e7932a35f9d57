// Bundles the entries of browsers and edge runtimes into dist/wasm, and copies the WebAssembly module to them. The module
// comes from `cargo xtask setup`; without it, these entries do not run.
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const node = join(import.meta.dirname, "..");

/** Modules of Node, and the modules that replace them. */
const REPLACED = {
  "native/load": "load",
  "errors/frame-prefix": "frame-prefix",
  "util/clock": "clock",
  "util/node-builtins": "builtins",
  "util/system": "system",
};

const replaceNode = {
  name: "replace modules of Node",
  setup({ onResolve }) {
    onResolve({ filter: /\.js$/ }, ({ path, resolveDir }) => {
      const name = join(resolveDir, path).slice(join(node, "src/").length, -".js".length);
      return name in REPLACED ? { path: join(node, "src/wasm", `${REPLACED[name]}.ts`) } : undefined;
    });
    onResolve({ filter: /^\.\/bimpe\./ }, ({ path }) => ({ path, external: true }));
  },
};

await build({
  entryPoints: ["browser", "edge-light", "workerd", "deno"].map((name) =>
    join(node, "src/wasm", `${name}.ts`),
  ),
  outdir: join(node, "dist/wasm"),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[hash]",
  format: "esm",
  target: "es2022",
  platform: "neutral",
  external: ["node:module"],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [replaceNode],
});

const module = join(node, "webassembly");
if (existsSync(module)) cpSync(module, join(node, "dist/wasm"), { recursive: true });
