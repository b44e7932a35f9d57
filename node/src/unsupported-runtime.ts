// The entry point in bundles for browsers and edge runtimes, so that the error names the cause.
throw new Error(
  "bimpe does not run in browsers or edge runtimes, because its native module needs Node, Bun or Deno. Move the request " +
    "to server code, which also keeps the API key out of the browser. In Next.js, export " +
    '`const runtime = "nodejs"`. For a server, bundle for Node (esbuild: --platform=node; bun build: --target=node; ' +
    'webpack: target: "node").',
);
