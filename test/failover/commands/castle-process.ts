// `castle` as a process of its own, while the exchange that it acts on is supervised by the test.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const program = fileURLToPath(new URL("../../../castle.ts", import.meta.url));

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON object on stdout; of a command without --json, null. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it field by field
  readonly json: any;
}

/** `onStart` gets the process, to kill it. */
export function castle(
  args: readonly string[],
  onStart: (child: ChildProcess) => void = () => {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (part) => {
    stdout += part;
  });
  child.stderr?.on("data", (part) => {
    stderr += part;
  });
  onStart(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => {
      const json = stdout.startsWith("{") ? JSON.parse(stdout) : null;
      resolve({ exitCode, stdout, stderr, json });
    });
  });
}
