/** Starts the server, which does not keep the process alive, and gives its address. */
export declare function serveMcp(): Promise<string>;
