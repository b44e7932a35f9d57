// Public types of the official package for integrations.
import type { Open } from "./official-shapes.js";

type AuthType = "none" | "bearer" | "basic" | "api_key" | "custom";
type Transport = "http_sse" | "streamable_http";

export interface FirstParty {
  readonly id: string | null;
  readonly type: Open<"bumpa" | "google_calendar" | "google_sheets" | "paystack" | "stripe">;
  readonly name: string;
  readonly status: string;
  readonly is_connected: boolean;
}

export interface Onboarding {
  readonly onboarding_url: string;
}

interface TestChannel {
  readonly is_enabled: boolean;
  readonly start_message: string;
  readonly url?: string | null;
}

export interface TestCode {
  readonly code: string;
  readonly channels: {
    readonly whatsapp: TestChannel & { readonly phone_number?: string | null };
    readonly instagram: TestChannel & { readonly username?: string | null };
    readonly messenger: TestChannel & { readonly page?: string | null };
    readonly telephony: { readonly is_enabled: boolean };
  };
}

/** Credentials by `auth_type`. The official package accepts other combinations. */
type Credentials =
  | { auth_type?: "none" }
  | { auth_type: "bearer"; auth_config: { token: string } }
  | { auth_type: "basic"; auth_config: { username: string; password: string } }
  | { auth_type: "api_key"; auth_config: { api_key: string; header_name?: string } };

export type NewCustomApi = Credentials & {
  name: string;
  description?: string;
  base_url?: string;
  test_endpoint?: string;
};

export interface CustomApi {
  readonly id: string;
  readonly config: { readonly name: string; readonly base_url?: string; readonly auth_type: string };
}

interface Parameter {
  name: string;
  type: "string" | "number" | "integer" | "boolean" | "array" | "object";
  description: string;
  required?: boolean;
  items?: Parameter;
  properties?: Record<string, unknown>;
}

export interface NewTool {
  name: string;
  http_method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH";
  url_template: string;
  description?: string;
  url_params?: Parameter[];
  body_params?: Parameter[];
  headers_template?: Record<string, unknown>;
  body_template?: Record<string, unknown>;
  auth_type?: AuthType;
  auth_config?: Record<string, unknown>;
  response_mapping?: { path?: string; success_message?: string; error_message?: string };
  category?: string;
  require_human_approval?: boolean;
  timeout?: number;
}

export interface Tool {
  readonly id: string;
  readonly action_name: string;
  readonly name: string;
  readonly description: string | null;
  readonly category: string;
  readonly is_enabled: boolean;
}

export type NewMcpServer = Credentials & { name: string; server_url: string; transport?: Transport };

export interface McpServer {
  readonly id: string;
  readonly config: {
    readonly name: string;
    readonly server_url: string;
    readonly transport: Open<Transport>;
    readonly auth_type: string;
  };
}

export interface Discovered {
  readonly discovered: number;
  readonly created: number;
  readonly updated: number;
  readonly disabled: number;
}

export interface Tested {
  readonly success: boolean;
  readonly message: string;
  readonly error?: string;
  readonly tools_count?: number;
}

export interface Pipedream {
  readonly id: string;
  readonly channel_type: string;
  readonly config: {
    readonly app_slug: string;
    readonly app_name?: string;
    readonly app_icon?: string | null;
    readonly server_url: string;
  };
}
