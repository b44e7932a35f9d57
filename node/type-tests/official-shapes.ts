// Public types of the official package. Enums of results are open, as in this package.
export type * from "./official-integrations.js";

export type Open<Values extends string> = Values | (string & {});

export type Status = "development" | "live" | "paused";
export type Scope = "owned" | "public" | "accessible";
export type CallStatus = "queued" | "ringing" | "answered" | "ended" | "busy" | "failed" | "cancelled";
type Persona = "professional" | "friendly" | "concise";

export interface ListQuery {
  page?: number;
  limit?: number;
  search?: string;
  sort?: string;
}

export interface Options {
  idempotencyKey?: string;
  signal?: AbortSignal;
  timeout?: number;
  maxRetries?: number;
  headers?: Record<string, string>;
}

export interface StreamOptions {
  signal?: AbortSignal;
  after?: string;
  reconnect?: boolean;
  maxRetries?: number;
}

export interface Page<Item> extends AsyncIterable<Item> {
  readonly data: readonly Item[];
  readonly meta: {
    readonly total_count: number;
    readonly page_count: number;
    readonly current_page: number;
    readonly limit: number;
    readonly has_next_page: boolean;
    readonly has_previous_page: boolean;
  } | null;
  readonly requestId: string | null;
  readonly hasNextPage: boolean;
  getNextPage(): Promise<Page<Item> | null>;
  pages(): AsyncIterable<Page<Item>>;
}

export interface CreateAgent {
  workflow_id: string;
  name: string;
  description: string;
  language?: string;
  persona?: Persona;
  timezone?: string;
  logo?: string;
  business_name?: string;
  business_address?: string;
  business_email?: string;
  business_description?: string;
  escalation_email?: string;
}

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly workflow_id: string | null;
  readonly language: string | null;
  readonly persona: Open<Persona> | null;
  readonly timezone: string | null;
  readonly logo: string | null;
  readonly business_name: string | null;
  readonly business_address: string | null;
  readonly business_email: string | null;
  readonly business_description: string | null;
  readonly test_channel_code: string | null;
  readonly status: Open<Status> | null;
  readonly status_reason: string | null;
  readonly escalation_email: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface AgentDetail extends Agent {
  readonly knowledge_bases: readonly KnowledgeBaseSummary[];
  readonly integrations: readonly Connection[];
  readonly channels: readonly Connection[];
}

export interface CreatedAgent extends Agent {
  readonly workflow: Workflow | null;
}

/** A channel, or an integration without its actions. */
export interface Connection {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly status: string;
  readonly is_connected: boolean;
}

export interface Integration extends Connection {
  readonly config_fields: readonly {
    readonly key: string;
    readonly label: string;
    readonly type: string;
    readonly required: boolean;
  }[];
  readonly actions: readonly {
    readonly action_name: string;
    readonly name: string;
    readonly description: string | null;
    readonly category: string;
    readonly is_enabled: boolean;
    readonly require_human_approval: boolean;
  }[];
}

export interface Action {
  readonly id: string;
  readonly integration_id: string;
  readonly integration_type: string;
  readonly integration_name: string;
  readonly name: string;
  readonly action_name: string;
  readonly description: string | null;
  readonly is_enabled: boolean;
}

interface KnowledgeBaseSummary {
  readonly id: string;
  readonly type: Open<"text" | "url">;
  readonly name: string;
  readonly description: string | null;
}

export interface KnowledgeBase extends KnowledgeBaseSummary {
  readonly url: string | null;
  readonly content: string | null;
}

export type NewKnowledgeBase =
  | { type: "text"; name: string; description?: string | null; content: string }
  | { type: "url"; name: string; description?: string | null; url: string };

export interface UpdateKnowledgeBase {
  name?: string;
  description?: string | null;
  content?: string | null;
  url?: string | null;
}

interface NewRule {
  id: string;
  name: string;
  trigger: string;
  condition?: string | null;
  response: string;
  action?: string | null;
  enabled: boolean;
}

interface Flow<Weight extends string> {
  name: string;
  description?: string | null;
  category?: string | null;
  priority?: number;
  is_active?: boolean;
  trigger_keywords?: { keyword: string; weight?: Weight }[];
  conversation_steps?: { type: string; content?: string; action?: string; followup?: string }[];
}

interface Guide {
  youtubeUrl?: string;
  steps: string[];
}

interface Faq {
  question: string;
  answer: string;
}

export interface NewWorkflow {
  name: string;
  system_prompt: string;
  description?: string;
  category?: string;
  rules?: NewRule[];
  flows?: Flow<"high" | "medium" | "low">[];
  tags?: string[];
  integrations?: string[];
  channels?: string[];
  actions?: string[];
  guide?: Guide;
  faq?: Faq[];
  setup_steps?: (string | Record<string, unknown>)[];
  setup_time?: number;
  video_url?: string;
}

export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  readonly visibility: Open<"private" | "public">;
  readonly is_owner: boolean;
  readonly system_prompt: string | null;
  readonly rules: readonly {
    readonly id: string;
    readonly name: string;
    readonly trigger: string;
    readonly condition: string | null;
    readonly response: string;
    readonly action: string | null;
    readonly enabled: boolean;
  }[];
  readonly flows: readonly Flow<Open<"high" | "medium" | "low">>[];
  readonly tags: readonly string[] | null;
  readonly integrations: readonly string[] | null;
  readonly channels: readonly string[] | null;
  readonly actions: readonly string[] | null;
  readonly guide: Guide | null;
  readonly faq: readonly Faq[] | null;
  readonly setup_steps: readonly (string | Record<string, unknown>)[];
  readonly setup_time: number | null;
  readonly video_url: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ConversationQuery extends ListQuery {
  channel?: "whatsapp" | "webchat" | "telephony" | "test_whatsapp" | "test_webchat" | "test_telephony";
  is_test_channel?: boolean;
  is_ai_chat_paused?: boolean;
  needs_attention?: boolean;
}

export interface Conversation {
  readonly id: string;
  readonly channel_type: string;
  readonly channel_id: string | null;
  readonly channel_user_id: string | null;
  readonly channel_user_username: string | null;
  readonly is_test_channel: boolean;
  readonly is_ai_chat_paused: boolean;
  readonly needs_attention: boolean;
  readonly last_message_at: string | null;
  readonly last_seen: string | null;
  readonly last_message_preview: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ConversationDetail extends Conversation {
  readonly full_name: string | null;
  readonly email: string | null;
  readonly phone_number: string | null;
  readonly profile_picture: string | null;
}

/** A message with its target, without which the server refuses it. */
export type NewMessage = {
  message: string;
  role?: "user" | "assistant";
  channel_username?: string;
  is_test_channel?: boolean;
} & (
  | { conversation_id: string }
  | { channel_type: "whatsapp" | "webchat" | "telephony"; channel_user_id: string }
);

export interface Message {
  readonly id: string;
  readonly role: string;
  readonly message: string | null;
  readonly message_type: string | null;
  readonly created_at: string;
  readonly attachments?: readonly { type: string; url: string }[];
}

export interface StreamMessage {
  readonly id: string;
  readonly conversation_id: string;
  readonly role: Open<"user" | "assistant" | "restaurant_user" | "customer">;
  readonly message: string | null;
  readonly message_type: string | null;
  readonly created_at: string;
}

export interface Call {
  readonly id: string;
  readonly source: string | null;
  readonly destination: string;
  readonly status: Open<CallStatus>;
  readonly direction: string;
  readonly created_on: string;
  readonly duration_seconds: number | null;
  readonly is_test_call: boolean;
  readonly error_reason: string | null;
  readonly end_reason: string | null;
  readonly ringing_at: string | null;
  readonly ended_at: string | null;
}

export interface CallDetail extends Call {
  readonly started_at: string | null;
  readonly answered_at: string | null;
  readonly conversation_logs: readonly Message[];
}

export interface MadeCall {
  readonly status: Open<"initiated" | "busy" | "failed">;
  readonly call_id?: string;
  readonly detail?: string;
}

export interface PhoneNumber {
  readonly id: string;
  readonly agent_id: string | null;
  readonly label: string | null;
  readonly e164: string;
}

export interface PhoneNumberDetail extends PhoneNumber {
  readonly created_at: string;
  readonly updated_at: string;
  readonly inbound_enabled: boolean;
}

export interface PhoneNumberRequest {
  readonly id: string;
  readonly status?: string | null;
  readonly business_name?: string | null;
  readonly intended_use?: string | null;
  readonly region?: string | null;
  readonly agent_count?: number | null;
  readonly outbound_minutes?: number | null;
  readonly e164?: string | null;
  readonly agent_id?: string | null;
  readonly label?: string | null;
  readonly created_at?: string | null;
  readonly updated_at?: string | null;
  readonly [key: string]: unknown;
}

export interface NewPhoneNumberRequest {
  business_name: string;
  intended_use: string;
  region: "us" | "uk" | "eu" | "ng";
  agent_count: number;
  outbound_minutes: number;
  submitted_by_agent_id?: string;
}
