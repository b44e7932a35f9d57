import { BimpeAIError } from "../errors/classes.js";
import type { Binding } from "../native/binding.js";
import { failPending } from "../native/completion-queue.js";
import { VERSION } from "../version.js";
import * as wasm from "./bimpe.mjs";
import { checkSettings } from "./check-settings.js";
import { Host } from "./host.js";
import type { Runtime } from "./runtime.js";

let load: () => Binding = () => {
  throw new BimpeAIError(`bimpe ${VERSION}: import "bimpe" before its other files`);
};
let loaded: Binding | undefined;

/** Returns the engine, and starts it on first use. */
export function native(): Binding {
  loaded ??= load();
  return loaded;
}

/** Sets the function that loads the engine. Each entry calls it. */
export function use(loader: () => Binding): void {
  load = loader;
}

/** Sets a WebAssembly module as the engine. */
export function useModule(module: WebAssembly.Module, runtime: Runtime): void {
  use(() => instantiate(module, runtime));
}

function instantiate(module: WebAssembly.Module, runtime: Runtime): Binding {
  wasm.initSync({ module });
  start(runtime);
  const version = wasm.version();
  if (version !== VERSION) {
    throw new BimpeAIError(
      `bimpe is ${VERSION}, but its WebAssembly module is ${version}: copy bimpe.wasm of this version`,
    );
  }
  const { CompletionQueue, NativeClient } = wasm;
  return {
    VERSION: version,
    CompletionQueue,
    NativeClient: {
      connect(settings: string) {
        checkSettings(settings, runtime);
        return NativeClient.connect(settings);
      },
      operationInfo: (operation) => NativeClient.operationInfo(operation),
      environmentVariables: () => NativeClient.environmentVariables(),
      webchatUserId: (text) => NativeClient.webchatUserId(text),
    },
  };
}

function start(runtime: Runtime): void {
  wasm.start(new Host(runtime, (location) => queueMicrotask(() => recover(runtime, location))));
}

/** Replaces an instance that panicked, because its memory may be inconsistent. Ends everything that the instance ran. */
function recover(runtime: Runtime, location: string): void {
  wasm.__wbg_reset_state();
  start(runtime);
  const message =
    `the engine panicked at ${location}, which is a bug in bimpe; report it with this location, and create the client ` +
    "again";
  failPending(JSON.stringify({ kind: "internal", message }));
}
