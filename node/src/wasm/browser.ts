// The entry of pages, web workers, and runtimes without an entry of their own.
import { UserError } from "../errors/classes.js";
import { useModule } from "./load.js";
import { UNCACHED } from "./runtime.js";

export * from "../index.js";

const scope = globalThis as { document?: unknown; WorkerGlobalScope?: unknown };
const isBrowser = scope.document !== undefined || scope.WorkerGlobalScope !== undefined;
const keyAdvice = isBrowser ? "send requests from a server, which has the key" : undefined;

useModule(await compile(new URL("./bimpe.wasm", import.meta.url)), {
  isBrowser,
  fetchOptions: isBrowser ? { ...UNCACHED, credentials: "omit" } : UNCACHED,
  keyAdvice,
});

async function compile(url: URL): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(await read(url));
  } catch (cause) {
    throw new UserError(
      "bimpe cannot load its WebAssembly module bimpe.wasm: copy node_modules/bimpe/dist/wasm/bimpe.wasm to the address " +
        `${url.origin === "null" ? url.href : url.origin + url.pathname}`,
      { cause },
    );
  }
}

async function read(url: URL): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  // `fetch` of Node reads no files.
  if (url.protocol === "file:") {
    const { process } = globalThis as {
      process?: { getBuiltinModule?(name: string): typeof import("node:fs") };
    };
    const fs = process?.getBuiltinModule?.("node:fs");
    if (fs !== undefined) return new Uint8Array(fs.readFileSync(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server responded with status ${response.status}`);
  return response.arrayBuffer();
}
