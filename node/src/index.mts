// The ESM entry of the CommonJS implementation, so that both module systems share classes and native state. The build writes
// each name into it (scripts/esm-entry.mjs).
export * from "./index.js";
