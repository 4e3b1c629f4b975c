// castle test: the project's whole check, with what it needs installed first.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { ensureRedis } from "../failover/local/redis-binary.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export function registerTest(program: Command): void {
  program
    .command("test")
    .description("run the project's whole check: types, lint, dead code, tests")
    .option("--json", "print one JSON object at the end; all else goes to stderr")
    .action(async ({ json }: { json?: boolean }) => {
      await ensureRedis((line) => process.stderr.write(`castle: ${line}\n`));
      const startedMs = performance.now();
      const exitCode = await runCheck(json === true);
      const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
      if (json) {
        process.stdout.write(`${JSON.stringify({ passed: exitCode === 0, exitCode, seconds })}\n`);
      }
      process.exitCode = exitCode === 0 ? 0 : 1;
    });
}

/** npm puts the packaged Node first on the PATH of its scripts. */
function runCheck(toStderr: boolean): Promise<number> {
  const child = spawn("npm", ["test"], {
    cwd: root,
    stdio: ["inherit", toStderr ? 2 : "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
