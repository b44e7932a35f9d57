/** Replaces the modules of Node that the package uses outside of loading. */
export const builtins = { crypto: globalThis.crypto };
