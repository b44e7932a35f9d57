import type { BimpeAI } from "bimpe";
/** The names that the examples use. */
export interface Names {
    client: BimpeAI;
    console: {
        log(value: unknown): void;
    };
    agentId: string;
    callId: string;
    conversationId: string;
    integrationId: string;
    knowledgeBaseId: string;
    messageId: string;
    phoneNumberId: string;
    toolId: string;
    workflowId: string;
}
export type Example = (names: Names) => Promise<void>;
/** The operations of the source and the text of their examples. */
export declare function findExamples(): Map<string, string>;
/** Compiles the examples; a mistyped one fails here. */
export declare function compileExamples(found: Map<string, string>): Record<string, Example>;
