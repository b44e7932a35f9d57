// The record of a campaign, which all languages share.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE } from "./sandbox.js";

type Figures = Record<string, number>;

interface Campaign {
  campaign(): boolean;
  record(promise: number, what: string, runs: number, figures: Figures, goal: Figures): void;
}

/** The module `tests/figures.mjs`. */
export const figures = import(pathToFileURL(join(PACKAGE, "../tests/figures.mjs")).href) as Promise<Campaign>;
