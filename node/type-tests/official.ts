// Compiled and not run: the results and arguments of each method of the official package. Functions are properties, because
// TypeScript compares the parameters of methods less strictly.
import { BimpeAI } from "bimpe";
import type * as official from "./official-shapes.js";

type Lists<Item> = PromiseLike<official.Page<Item>> & AsyncIterable<Item>;

/** The methods of the official client. */
export interface OfficialClient {
  agents: {
    list: (query?: official.ListQuery) => Lists<official.Agent>;
    create: (body: official.CreateAgent, options?: official.Options) => Promise<official.CreatedAgent>;
    retrieve: (id: string) => Promise<official.AgentDetail>;
    update: (id: string, body: Partial<official.CreateAgent>) => Promise<official.Agent>;
    delete: (id: string) => Promise<void>;
    updateLiveStatus: (
      id: string,
      body: { status: official.Status; status_reason?: string },
      options?: official.Options,
    ) => Promise<{ readonly status: string; readonly status_reason: string | null }>;
    getTestCode: (id: string) => Promise<official.TestCode>;
    channels: { list: (id: string) => Promise<readonly official.Connection[]> };
    actions: {
      list: (id: string) => Promise<readonly official.Action[]>;
      enable: (
        id: string,
        body: { action_ids: string[] },
        options?: official.Options,
      ) => Promise<{ readonly updated_count: number }>;
      disable: (
        id: string,
        body: { action_ids: string[] },
        options?: official.Options,
      ) => Promise<{ readonly updated_count: number }>;
    };
    knowledgeBases: {
      list: (id: string) => Promise<readonly official.KnowledgeBase[]>;
      create: (
        id: string,
        body: official.NewKnowledgeBase,
        options?: official.Options,
      ) => Promise<official.KnowledgeBase>;
      update: (id: string, kb: string, body: official.UpdateKnowledgeBase) => Promise<official.KnowledgeBase>;
      delete: (id: string, kb: string) => Promise<void>;
    };
    integrations: {
      list: (id: string) => Promise<readonly official.Integration[]>;
      bimpeai: {
        list: (id: string) => Promise<readonly official.FirstParty[]>;
        configure: (
          id: string,
          body: { type: "google_calendar" },
          options?: official.Options,
        ) => Promise<official.Onboarding>;
        disconnect: (id: string, integration: string) => Promise<void>;
      };
      customApi: {
        list: (id: string) => Promise<readonly official.CustomApi[]>;
        configure: (
          id: string,
          body: official.NewCustomApi,
          options?: official.Options,
        ) => Promise<official.CustomApi>;
        disconnect: (id: string, integration: string) => Promise<void>;
        tools: {
          list: (id: string, integration: string) => Promise<readonly official.Tool[]>;
          add: (
            id: string,
            integration: string,
            body: official.NewTool,
            options?: official.Options,
          ) => Promise<official.Tool>;
          delete: (id: string, integration: string, tool: string) => Promise<void>;
        };
      };
      mcpServer: {
        list: (id: string) => Promise<readonly official.McpServer[]>;
        configure: (
          id: string,
          body: official.NewMcpServer,
          options?: official.Options,
        ) => Promise<official.McpServer>;
        disconnect: (id: string, integration: string) => Promise<void>;
        discover: (id: string, integration: string) => Promise<official.Discovered>;
        test: (id: string, integration: string) => Promise<official.Tested>;
        tools: { list: (id: string, integration: string) => Promise<readonly official.Tool[]> };
      };
      pipedream: {
        list: (id: string) => Promise<readonly official.Pipedream[]>;
        configure: (
          id: string,
          body: { app_slug: string; app_name?: string; app_icon?: string },
          options?: official.Options,
        ) => Promise<official.Onboarding>;
        disconnect: (id: string, integration: string) => Promise<void>;
      };
    };
  };
  workflows: {
    list: (query?: official.ListQuery & { scope?: official.Scope }) => Lists<official.Workflow>;
    create: (body: official.NewWorkflow, options?: official.Options) => Promise<official.Workflow>;
    clone: (body: { source_workflow_id: string }, options?: official.Options) => Promise<official.Workflow>;
    retrieve: (id: string) => Promise<official.Workflow>;
    update: (id: string, body: Partial<official.NewWorkflow>) => Promise<official.Workflow>;
    delete: (id: string) => Promise<void>;
  };
  conversations: {
    list: (id: string, query?: official.ConversationQuery) => Lists<official.Conversation>;
    send: (id: string, body: official.NewMessage, options?: official.Options) => Promise<official.Message>;
    retrieve: (id: string, conversation: string) => Promise<official.ConversationDetail>;
    setAiStatus: (
      id: string,
      conversation: string,
      body: { is_ai_chat_paused: boolean },
      options?: official.Options,
    ) => Promise<{ readonly is_ai_chat_paused?: boolean }>;
    messages: {
      list: (id: string, conversation: string, query?: official.ListQuery) => Lists<official.Message>;
      send: (
        id: string,
        conversation: string,
        body: { message: string; role?: "user" | "assistant" },
        options?: official.Options,
      ) => Promise<official.Message>;
      retrieve: (id: string, conversation: string, message: string) => Promise<official.Message>;
      streamTicket: (
        id: string,
        conversation: string,
        options?: official.Options,
      ) => Promise<{ readonly ticket: string; readonly expires_in: number }>;
      stream: (
        id: string,
        conversation: string,
        options?: official.StreamOptions,
      ) => AsyncIterable<official.StreamMessage>;
    };
  };
  calls: {
    list: (
      id: string,
      query?: official.ListQuery & { is_test_call?: boolean; status?: official.CallStatus },
    ) => Lists<official.Call>;
    make: (
      id: string,
      body: { destination: string; is_test_call: boolean },
      options?: official.Options,
    ) => Promise<official.MadeCall>;
    retrieve: (id: string, call: string) => Promise<official.CallDetail>;
  };
  phoneNumbers: {
    list: (query?: official.ListQuery) => Lists<official.PhoneNumber>;
    retrieve: (id: string) => Promise<official.PhoneNumberDetail>;
    update: (
      id: string,
      body: { agent_id?: string | null; label?: string },
      options?: official.Options,
    ) => Promise<official.PhoneNumberDetail>;
    requests: {
      list: (query?: official.ListQuery) => Lists<official.PhoneNumberRequest>;
      create: (body: official.NewPhoneNumberRequest, options?: official.Options) => Promise<void>;
    };
  };
}

export const client: OfficialClient = new BimpeAI();
