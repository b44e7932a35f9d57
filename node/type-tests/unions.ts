// Compiled and not run: unions narrow, and editors complete enums.
import type {
  Agent,
  BimpeaiConfigure,
  BimpeaiConfigureResult,
  CreateKnowledgeBase,
  CustomApiConfigure,
  StreamMessageRole,
} from "bimpe";
import { same } from "./same.js";

/** The literals of a type that also allows other strings. Editors offer these. */
type Offered<T> = T extends string ? (string extends T ? never : T) : never;

export function unionsNarrow(
  body: BimpeaiConfigure,
  knowledge: CreateKnowledgeBase,
  api: CustomApiConfigure,
): string | undefined {
  switch (body.type) {
    case "stripe":
    case "paystack":
      return body.secret_key;
    case "bumpa":
      return body.token;
    case "google_calendar":
    case "google_sheets":
      // @ts-expect-error Google takes no keys
      return body.secret_key;
    default:
      same<typeof body, never>(true);
  }
  if (knowledge.type === "url") return knowledge.url;
  if (api.auth_type === "bearer") return api.auth_config.token;
  // @ts-expect-error the other kinds have no token
  return api.auth_config.token;
}

export function resultsNarrow(result: BimpeaiConfigureResult): string | undefined {
  if ("onboarding_url" in result) return result.onboarding_url;
  return result.channel_id;
}

export function openEnumsAreOffered(): void {
  same<Offered<Agent["status"]>, "development" | "live" | "paused">(true);
  same<Offered<StreamMessageRole>, "user" | "assistant" | "restaurant_user" | "customer">(true);
}
