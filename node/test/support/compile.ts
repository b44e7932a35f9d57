import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE } from "./sandbox.js";

/** Compiles the TypeScript of a folder two levels below the package, with the options of the package and more. */
export function compile(folder: string, compilerOptions: object = {}): void {
  const project = { extends: "../../tsconfig.json", include: ["."], compilerOptions };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  execFileSync(process.execPath, [join(PACKAGE, "node_modules/typescript/bin/tsc"), "-p", folder], {
    stdio: "inherit",
  });
}
