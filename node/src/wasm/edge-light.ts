// The entry of the edge runtime of Next.js and Vercel, whose bundlers turn `.wasm?module` into a module.
import module from "./bimpe.wasm?module";
import { useModule } from "./load.js";
import { UNCACHED } from "./runtime.js";

export * from "../index.js";

// Next.js creates the module outside of the realm of the route, where the generated loader would not recognize it.
Object.setPrototypeOf(module, WebAssembly.Module.prototype);

useModule(module, {
  isBrowser: false,
  fetchOptions: UNCACHED,
  keyAdvice: "set the environment variable BIMPEAI_API_KEY of the project, or pass `apiKey`",
});
