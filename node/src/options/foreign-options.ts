/** Hints for the options of other libraries. */
const NETWORK =
  "requests are sent by native code, which keeps its connections: use `proxy`, `caFile`, `timeout` or `defaultHeaders` of the " +
  "client, or set its `baseUrl` to your server";
const RETRIES = "use `maxRetries`";
const CERTIFICATES = "certificates are always checked: trust your own authority with `caFile`";
const KEY = "use `apiKey`";
const HOOKS = "use `onRequest`, `onResponse` and `onRetry`";

const FOREIGN: Readonly<Record<string, string>> = {
  fetch: NETWORK,
  fetchOptions: NETWORK,
  fetchFn: NETWORK,
  httpClient: NETWORK,
  httpAgent: NETWORK,
  httpsAgent: NETWORK,
  agent: NETWORK,
  dispatcher: NETWORK,
  adapter: NETWORK,
  transport: NETWORK,
  client: NETWORK,
  keepAlive: NETWORK,
  maxSockets: NETWORK,
  proxyUrl: "use `proxy`",
  proxies: "use `proxy`",
  ca: CERTIFICATES,
  cert: CERTIFICATES,
  rejectUnauthorized: CERTIFICATES,
  tls: CERTIFICATES,
  dangerouslyAllowBrowser:
    "this package does not run in browsers, where every user could read the key: call it on a server",
  token: KEY,
  bearerToken: KEY,
  accessToken: KEY,
  authToken: KEY,
  auth: KEY,
  secretKey: KEY,
  organization: "the key belongs to a team; for another team, use its key as `apiKey`",
  project: "the key belongs to a team; for another team, use its key as `apiKey`",
  defaultQuery: "pass parameters to each request",
  headers: "use `defaultHeaders`",
  host: "use `baseUrl`",
  baseURL: "use `baseUrl`",
  retries: RETRIES,
  retry: RETRIES,
  retryConfig: RETRIES,
  maxNetworkRetries: RETRIES,
  timeoutMs: "use `timeout`, in milliseconds",
  requestTimeout: "use `timeout`, in milliseconds",
  timeoutInSeconds: "use `timeout`, in milliseconds",
  interceptors: HOOKS,
  middleware: HOOKS,
  hooks: HOOKS,
  apiVersion: "the API has one version",
};

/**
 * Returns the hint for an option of another library.
 *
 * @internal
 */
export function adviceFor(name: string): string | undefined {
  return Object.hasOwn(FOREIGN, name) ? FOREIGN[name] : undefined;
}
