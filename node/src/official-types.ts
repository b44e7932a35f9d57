// Types of the official package that no schema stands for.
import type { ClientOptions } from "./options/options.js";
import type { ApiKeyAuth, BasicAuth, BearerAuth } from "./types/index.js";

/** The settings of a client, by their official name. */
export type BimpeAIConfig = ClientOptions;

/** Credentials of an integration; which fields they have follows from `auth_type`. */
export type IntegrationAuthConfig = BearerAuth | BasicAuth | ApiKeyAuth;

/** What keeps a silent stream alive. Streams do not give it. */
export interface StreamHeartbeatEvent {
  /** When it was sent, in milliseconds since 1970. */
  ts: number;
}
