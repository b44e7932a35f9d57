// Modules that the build of bindings/wasm writes, and modules of runtimes.

declare module "*/bimpe.mjs" {
  /** Creates the instance, unless it exists. */
  export function initSync(options: { module: WebAssembly.Module }): unknown;
  /** Replaces the instance by a new one. */
  export function __wbg_reset_state(): void;
  export function start(host: unknown): void;
  export function version(): string;
  export const CompletionQueue: import("../native/binding.js").Binding["CompletionQueue"];
  export const NativeClient: import("../native/binding.js").Binding["NativeClient"];
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
