// The ESM door to the one CommonJS implementation: both module systems share classes and native state.
export * from "./index.js";
