export { type RecordedRequest, SandboxError } from "./admin.js";
export { fakePage } from "./fake-page.js";
export { type FaultOptions, Sandbox, type SandboxOptions } from "./sandbox.js";
