export {
  APIPromise,
  type ResponseInfo,
  type WithResponse,
} from "./api-promise.js";
export { BimpeAI } from "./client.js";
export * from "./errors.js";
export type {
  ClientOptions,
  HeadersInput,
  RequestOptions,
  SharedClientOptions,
} from "./options.js";
export { Page, PagePromise } from "./page.js";
export type * from "./resources/index.js";
export type * from "./types/index.js";
export { VERSION } from "./version.js";
