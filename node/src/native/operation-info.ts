import type { Route } from "./binding.js";
import { native } from "./load.js";

const known = new Map<string, Route>();

/** Method and path of an operation; a custom request brings them along. */
export function routeOf(operation: string): Route {
  const space = operation.indexOf(" ");
  if (space >= 0)
    return { method: operation.slice(0, space).toUpperCase(), path: operation.slice(space + 1) };
  let route = known.get(operation);
  if (route === undefined) {
    route = native().NativeClient.route(operation) ?? { method: "", path: "" };
    known.set(operation, route);
  }
  return route;
}
