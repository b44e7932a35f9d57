// The entry point of CommonJS bundles for browsers, so that the error names the cause.
throw new Error(
  "bimpe has no CommonJS entry for browsers: use `import` in place of `require`, and let the bundler build an ES module " +
    "(esbuild: --format=esm). For a server, bundle for Node (esbuild: --platform=node; bun build: --target=node; " +
    'webpack: target: "node").',
);
