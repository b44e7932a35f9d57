import type { OperationInfo } from "./binding.js";
import { native } from "./load.js";

const cache = new Map<string, OperationInfo>();

/** Returns the method and path of an operation, or of a custom request in the form `GET /agents`. */
export function operationInfo(operation: string): OperationInfo {
  const space = operation.indexOf(" ");
  if (space >= 0)
    return { method: operation.slice(0, space).toUpperCase(), path: operation.slice(space + 1) };
  let info = cache.get(operation);
  if (info === undefined) {
    info = native().NativeClient.operationInfo(operation) ?? { method: "", path: "" };
    cache.set(operation, info);
  }
  return info;
}
