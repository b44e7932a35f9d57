// Types of the official package without a schema.
import type { ClientOptions } from "./options/options.js";
import type { ApiKeyAuth, BasicAuth, BearerAuth } from "./types/index.js";

/** The official name of `ClientOptions`. */
export type BimpeAIConfig = ClientOptions;

/** Credentials of an integration. `auth_type` determines the fields. */
export type IntegrationAuthConfig = BearerAuth | BasicAuth | ApiKeyAuth;

/** The heartbeat of an idle stream. `EventStream` does not return it. */
export interface StreamHeartbeatEvent {
  /** Time of sending, in milliseconds since 1970. */
  ts: number;
}
