/** Hints, and the options of other libraries that have this hint. */
const HINTS: readonly (readonly [hint: string, names: string])[] = [
  [
    "requests are sent by native code, which keeps its connections: use `proxy`, `caFile`, `timeout` or `defaultHeaders` of " +
      "the client, or set its `baseUrl` to your server",
    "fetch fetchOptions fetchFn httpClient httpAgent httpsAgent agent dispatcher adapter transport client keepAlive maxSockets",
  ],
  ["use `proxy`", "proxyUrl proxies"],
  [
    "certificates are always checked: trust your own authority with `caFile`",
    "ca cert rejectUnauthorized tls",
  ],
  ["use `apiKey`", "token bearerToken accessToken authToken auth secretKey"],
  ["the key belongs to a team; for another team, use its key as `apiKey`", "organization project"],
  ["pass parameters to each request", "defaultQuery"],
  ["use `defaultHeaders`", "headers"],
  ["use `baseUrl`", "host baseURL"],
  ["use `maxRetries`", "retries retry retryConfig maxNetworkRetries"],
  ["use `timeout`, in milliseconds", "timeoutMs requestTimeout timeoutInSeconds"],
  ["use `onRequest`, `onResponse` and `onRetry`", "interceptors middleware hooks"],
  ["the API has one version", "apiVersion"],
];

/** Returns the hint for an option of another library. */
export function adviceFor(name: string): string | undefined {
  return HINTS.find(([, names]) => names.split(" ").includes(name))?.[0];
}
