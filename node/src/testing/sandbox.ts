/// <reference lib="esnext.disposable" preserve="true" />

import { BimpeAI } from "../client.js";
import type { ClientOptions } from "../options/options.js";
import { snakeCase } from "../util/names.js";
import { Admin, type RecordedRequest, renamed } from "./admin.js";
import { SandboxProcess } from "./process.js";

/** Options of `Sandbox.start`. */
export interface SandboxOptions {
  /** Additional arguments of `bimpe sandbox`, such as `["--seed", "7"]`. */
  args?: readonly string[] | undefined;
}

/** A fault. Without `method` and `path`, all requests of the operation get it. */
export interface FaultOptions {
  /** HTTP method of the requests. Defaults to all methods. */
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE" | undefined;
  /** Path of the requests, without `/api/v1/console`. A segment `*` matches any segment. */
  path?: string | undefined;
  /** Number of requests that get the fault. Defaults to all. */
  times?: number | undefined;
  /** Number of matching requests before the fault. Defaults to 0. */
  after?: number | undefined;
  /** Time before the request is handled, in milliseconds. */
  latencyMs?: number | undefined;
  /** Status of the response. The sandbox does not run the operation. */
  status?: number | undefined;
  /** Body of the response, as JSON or text. The sandbox does not run the operation. */
  body?: unknown;
  /** Headers of the response. `null` removes a header. */
  headers?: Record<string, string | null> | undefined;
  /** Seconds in the `Retry-After` header. */
  retryAfter?: number | undefined;
  /** Form of the `Retry-After` header. Defaults to seconds. */
  retryAfterForm?: "seconds" | "date" | undefined;
  /** The response to a repeated idempotency key: the earlier response, or an error. */
  idempotency?: "replay" | "conflict" | undefined;
  /** Change of the JSON that the operation returns. */
  response?: "without_meta" | "unknown_enums" | "unknown_fields" | undefined;
  /** Reset of the connection before the operation, after it or in the body, or half of the body only. */
  wire?: "reset_before" | "reset_after_commit" | "reset_in_body" | "stall" | "truncate" | undefined;
  /** Fault of a stream: its end, no further event, each event twice, an invalid event, or a refused ticket. */
  stream?: "cut" | "silence" | "duplicate" | "bad_event" | "expired_ticket" | undefined;
  /** Number of events before the fault of the stream. Defaults to 0. */
  streamAfter?: number | undefined;
}

/**
 * A local Console API for tests, with its own key and state.
 *
 * The sandbox is a process of the `bimpe` command on a free port. It ends with the `await using` block, with `stop`, or
 * with this process, even if that is killed.
 *
 * @example
 * ```ts
 * await using sandbox = await Sandbox.start();
 * const agent = await sandbox.client().agents.retrieve(sandbox.agentId);
 * console.log(agent.name);
 * ```
 */
export class Sandbox {
  readonly #process: SandboxProcess;
  readonly #admin: Admin;

  private constructor(process: SandboxProcess) {
    this.#process = process;
    this.#admin = new Admin(process.ready.url);
  }

  /** Starts a sandbox, and returns it when it accepts requests. */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    const process = await SandboxProcess.start(options.args ?? []);
    const sandbox = new Sandbox(process);
    try {
      await sandbox.#admin.request("GET", "/info");
    } catch (error) {
      await process.stop();
      throw error;
    }
    return sandbox;
  }

  /** Base URL of the sandbox, such as `http://127.0.0.1:4010`. */
  get url(): string {
    return this.#process.ready.url;
  }

  /** An API key with all scopes. */
  get apiKey(): string {
    return this.#process.ready.api_key;
  }

  /** Id of an agent that exists after each reset. */
  get agentId(): string {
    return this.#process.ready.agent_id;
  }

  /** Id of a workflow that exists after each reset. */
  get workflowId(): string {
    return this.#process.ready.workflow_id;
  }

  /** The variables by which `new BimpeAI()` uses this sandbox. */
  get env(): { BIMPEAI_API_KEY: string; BIMPEAI_BASE_URL: string } {
    return { BIMPEAI_API_KEY: this.apiKey, BIMPEAI_BASE_URL: this.url };
  }

  /** Returns a client of this sandbox. */
  client(options: ClientOptions = {}): BimpeAI {
    return new BimpeAI({ apiKey: this.apiKey, baseUrl: this.url, ...options });
  }

  /**
   * Returns the requests that the sandbox received since the last reset, oldest first. `operation` selects those of one
   * operation.
   *
   * @example
   * ```ts
   * await using sandbox = await Sandbox.start();
   * await sandbox.client().agents.update(sandbox.agentId, { name: "Support" });
   * const [request] = await sandbox.requests("agents.update");
   * console.log(request?.body);
   * ```
   */
  requests(operation?: string): Promise<RecordedRequest[]> {
    return this.#admin.requests(operation);
  }

  /**
   * Injects a fault into requests until the next reset, or into `times` requests. The first fault that matches applies. `null` as the
   * operation stands for all operations.
   *
   * @example
   * ```ts
   * await using sandbox = await Sandbox.start();
   * await sandbox.fail("agents.list", { status: 503, times: 1 });
   * await sandbox.client().agents.list(); // retries
   * console.log((await sandbox.requests()).map(({ status }) => status)); // [503, 200]
   * ```
   */
  async fail(operation: string | null, fault: FaultOptions): Promise<void> {
    const condition = operation === null ? {} : { operation: snakeCase(operation) };
    await this.#admin.request("POST", "/faults", { ...condition, ...renamed(fault, snakeCase) });
  }

  /** Approves all pending onboardings, as their owners would. Returns their number. */
  async approveAll(): Promise<number> {
    const { approved } = (await this.#admin.request("POST", "/onboardings/approve-all")) as {
      approved: number;
    };
    return approved;
  }

  /** Advances the clock of the sandbox by whole seconds. A running clock continues from there. */
  async advance(seconds: number): Promise<void> {
    await this.#admin.request("POST", "/clock", { advance: seconds });
  }

  /** Stops the clock of the sandbox until the next reset. `advance` still moves it. */
  async freeze(): Promise<void> {
    await this.#admin.request("POST", "/clock", { frozen: true });
  }

  /** Restores the initial state: objects, clock, recorded requests and faults. Snapshots stay. */
  async reset(): Promise<void> {
    await this.#admin.request("POST", "/reset");
  }

  /** Saves the objects and the clock under a name. Replaces an earlier snapshot of that name. */
  async snapshot(name: string): Promise<void> {
    await this.#admin.request("PUT", `/snapshots/${encodeURIComponent(name)}`);
  }

  /** Restores the objects and the clock of a snapshot. */
  async restore(name: string): Promise<void> {
    await this.#admin.request("POST", `/snapshots/${encodeURIComponent(name)}/restore`);
  }

  /** Stops the sandbox, and waits for the end of its process. */
  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** Stops the sandbox at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Sandbox { url: '${this.url}' }`;
  }
}
