// The entry of workerd, the runtime of Cloudflare Workers. Its bundlers turn a `.wasm` file into a module.
import module from "./bimpe.wasm";
import { useModule } from "./load.js";

export * from "../index.js";

useModule(module, {
  isBrowser: false,
  // It refuses some options of `fetch`, and caches no requests of the API.
  fetchOptions: {},
  keyAdvice:
    "pass `apiKey: env.BIMPEAI_API_KEY` with the `env` of your handler, after `wrangler secret put BIMPEAI_API_KEY`",
});
