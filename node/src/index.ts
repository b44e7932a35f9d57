export {
  APIPromise,
  type ResponseInfo,
  type WithResponse,
} from "./api-promise.js";
export { BimpeAI } from "./client.js";
export type { ApiResponse, CustomRequest } from "./custom.js";
export * from "./errors.js";
export type { HeadersInput } from "./header-input.js";
export type { Hooks, RequestEvent, ResponseEvent, RetryEvent } from "./hooks.js";
export type { KeyFunction } from "./key.js";
export type { LogFields, Logger, LogOptions } from "./log.js";
export { MergedStream } from "./merged-stream.js";
export * from "./official.js";
export type * from "./official-types.js";
export type {
  ClientOptions,
  MergedStreamOptions,
  RequestOptions,
  SharedClientOptions,
  StreamOptions,
} from "./options.js";
export { type CollectOptions, Page, PagePromise } from "./page.js";
export * from "./resources/index.js";
export { EventStream, type StreamStats } from "./stream.js";
export type * from "./types/index.js";
export { VERSION } from "./version.js";
export { webchatUserId } from "./webchat.js";
