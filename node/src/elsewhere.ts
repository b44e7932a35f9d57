// Stands for the package where a bundle is made for a browser or an edge runtime.
throw new Error(
  "bimpe runs in Node, Bun and Deno, not in browsers and edge runtimes. Call it in server code: an API key must not " +
    'reach a browser. In Next.js, write `export const runtime = "nodejs"`. If this is a server, bundle for it ' +
    "(esbuild: --platform=node; bun build: --target=node; webpack: target node).",
);
