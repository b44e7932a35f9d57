/**
 * Modules of Node, each loaded when it is first needed. Loaded with the package, they would fail in a bundle without
 * `require` before the error that tells the cure.
 *
 * @internal
 */
export const builtin = {
  get crypto() {
    return require("node:crypto") as typeof import("node:crypto");
  },
  get fs() {
    return require("node:fs") as typeof import("node:fs");
  },
  get path() {
    return require("node:path") as typeof import("node:path");
  },
  get url() {
    return require("node:url") as typeof import("node:url");
  },
  get vm() {
    return require("node:vm") as typeof import("node:vm");
  },
};
