// The entry of Deno: the native module if native code is allowed, otherwise WebAssembly.
import { createRequire } from "node:module";
import type { Binding } from "../native/binding.js";
import { use, useModule } from "./load.js";
import { UNCACHED } from "./runtime.js";

export * from "../index.js";

/** The parts of Deno that this entry uses. */
interface Deno {
  permissions: { querySync(query: { name: string }): { state: string } };
  readFileSync(url: URL): Uint8Array<ArrayBuffer>;
}

const { Deno: deno } = globalThis as unknown as { Deno: Deno };

if (deno.permissions.querySync({ name: "ffi" }).state === "granted") {
  const require = createRequire(import.meta.url);
  use(() => (require("../native/load.js") as { native(): Binding }).native());
} else {
  const bytes = deno.readFileSync(new URL("./bimpe.wasm", import.meta.url));
  useModule(new WebAssembly.Module(bytes), {
    isBrowser: false,
    fetchOptions: UNCACHED,
  });
}
