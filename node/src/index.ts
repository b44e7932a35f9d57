export { BimpeAI } from "./client.js";
export {
  APIPromise,
  type ResponseInfo,
  type WithResponse,
} from "./core/api-promise.js";
export type { ApiResponse, CustomRequest } from "./core/custom-request.js";
export { type CollectOptions, Page, PagePromise } from "./core/page.js";
export * from "./errors/classes.js";
export type { DiagnosticsMessages } from "./observability/channels.js";
export type { RequestEvent, ResponseEvent, RetryEvent, StartEvent } from "./observability/events.js";
export type { Hooks } from "./observability/hooks.js";
export type { LogFields, Logger, LogOptions } from "./observability/log.js";
export * from "./official.js";
export type * from "./official-types.js";
export type { KeyFunction } from "./options/api-key.js";
export type { HeadersInput } from "./options/header-input.js";
export type {
  ClientOptions,
  MergedStreamOptions,
  RequestOptions,
  SharedClientOptions,
  StreamOptions,
} from "./options/options.js";
export * from "./resources/index.js";
export { EventStream, type StreamStats } from "./streaming/event-stream.js";
export { MergedStream } from "./streaming/merged-stream.js";
export type * from "./types/index.js";
export { VERSION } from "./version.js";
export { webchatUserId } from "./webchat.js";
