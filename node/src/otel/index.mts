// The types of the ESM entry. The build writes its code (scripts/esm-entry.mjs), which shares the CommonJS classes.
export * from "./index.js";
