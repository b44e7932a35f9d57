import { type IncomingHttpHeaders } from "node:http";
import { BimpeAI, type ClientOptions } from "bimpe";
export declare const KEY = "sk_canary_4f81c2";
export interface Asked {
    method: string;
    path: string;
    headers: IncomingHttpHeaders;
    body: string;
}
export interface Reply {
    status?: number;
    headers?: Record<string, string>;
    /** The whole body; a string is sent as it is. */
    body: unknown;
}
export interface Server {
    url: string;
    asked: Asked[];
    client(options?: ClientOptions): BimpeAI;
}
/** Starts a server that answers with what `reply` gives; `undefined` leaves the request without answer. */
export declare function serve(reply: (asked: Asked, index: number) => Reply | undefined): Promise<Server>;
/** An answer with this data. */
export declare function ok(data: unknown, meta?: unknown): Reply;
/** Page `number` of `count` pages, each of which holds one agent. */
export declare function agentPage(number: number, count: number): Reply;
