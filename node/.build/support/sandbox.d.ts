import { BimpeAI } from "bimpe";
/** Where the package is; the tests run from `.build`. */
export declare const PACKAGE: string;
export interface Sandbox {
    client: BimpeAI;
    url: string;
    agentId: string;
    workflowId: string;
    /** Back to a fresh state; keys and the ids above stay. */
    reset(): Promise<void>;
}
/** Starts a sandbox that lives as long as this process. */
export declare function startSandbox(): Promise<Sandbox>;
