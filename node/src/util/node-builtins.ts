/** Loads modules of Node on first use, because a bundle without `require` must reach the error that names the fix. */
export const builtins = {
  get crypto() {
    return require("node:crypto") as typeof import("node:crypto");
  },
  get diagnosticsChannel() {
    return require("node:diagnostics_channel") as typeof import("node:diagnostics_channel");
  },
  get fs() {
    return require("node:fs") as typeof import("node:fs");
  },
  get module() {
    return require("node:module") as typeof import("node:module");
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
