// With a silent resolver, a request times out and the process ends, although a thread waits for the lookup.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { results } from "./support/results.js";
import { PACKAGE } from "./support/sandbox.js";

const PROGRAM = join(PACKAGE, "test/programs/dns-timeout.mjs");
const SCRIPT = 'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@"';
const LATE = "latest end (ms)";
const LEAVING = "slowest exit (ms)";

test("a silent resolver delays neither the timeout nor the exit", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "bimpe-dns-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const resolver = join(folder, "resolv.conf");
  writeFileSync(resolver, "nameserver 127.0.0.1\n");
  // A separate network namespace whose resolver is this machine. It needs no privileges.
  const isolated = (...command: string[]) => {
    const options = ["--map-root-user", "--mount", "--net", "sh", "-c", SCRIPT, resolver];
    return spawnSync("unshare", [...options, ...command], { encoding: "utf8", timeout: 50_000 });
  };
  const possible = isolated("true");
  if (possible.status !== 0) {
    return context.skip(`this machine refuses a network namespace: ${possible.error ?? possible.stderr}`);
  }
  const { isFullRun, record } = await results;
  const runs = isFullRun() ? 10 : 1;
  const seen = { [LATE]: 0, [LEAVING]: 0 };
  for (let run = 0; run < runs; run++) {
    const { status, stdout, stderr } = isolated(process.execPath, PROGRAM, "500");
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    const [late, at] = stdout.split(" ").map(Number) as [number, number];
    seen[LATE] = Math.max(seen[LATE] ?? 0, Math.round(late));
    seen[LEAVING] = Math.max(seen[LEAVING] ?? 0, Date.now() - at);
  }
  record(3, "A resolver that never responds", runs, seen, { [LATE]: 250, [LEAVING]: 500 });
  assert.ok(Math.max(...Object.values(seen)) < 4000, JSON.stringify(seen));
});
