import { UserError } from "../errors/classes.js";
import { parseJson } from "../util/json.js";
import type { Runtime } from "./runtime.js";

/** The settings that need a check. */
interface Settings {
  api_key?: string;
  api_key_per_request: boolean;
  proxy?: string;
  ca_file?: string;
  dangerously_allow_browser?: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/** Options that `fetch` cannot have, and the place for them. */
const CONNECTION_OPTIONS = [
  ["proxy", "proxy", "a proxy"],
  ["ca_file", "caFile", "certificates"],
] as const;

/** Refuses settings that the runtime cannot keep, and an API key in a browser. */
export function checkSettings(text: string, { isBrowser, keyAdvice }: Runtime): void {
  const settings = parseJson(text) as Settings;
  if (typeof globalThis.fetch !== "function") {
    throw new UserError(
      "this runtime has no `fetch`, which bimpe sends requests with: use a newer runtime, or define it",
    );
  }
  for (const [field, name, what] of CONNECTION_OPTIONS) {
    if (settings[field] !== undefined) {
      throw new UserError(
        `\`${name}\` is unsupported in this runtime, because its \`fetch\` opens the connections: set ${what} in the ` +
          "runtime, or use Node",
      );
    }
  }
  const hasKey = settings.api_key !== undefined || settings.api_key_per_request;
  if (isBrowser && hasKey && settings.dangerously_allow_browser !== true) {
    throw new UserError(
      "an API key in a browser is refused, because every visitor of the page can read it and use all agents of its team. " +
        "Send requests from a server, and open streams with a ticket from there. To accept the risk in a page of your own, " +
        "pass `dangerouslyAllowBrowser: true`",
    );
  }
  if (keyAdvice !== undefined && !hasKey && !settings.env.BIMPEAI_API_KEY) {
    throw new UserError(`no API key: ${keyAdvice}`);
  }
}
