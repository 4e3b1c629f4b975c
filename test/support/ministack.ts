// A stand-in for AWS of a test's own (ministack, Python): real servers of Route 53 and RDS that others wrote. It
// is no npm package, so a machine may lack it: `pip install ministack cryptography`, then the test finds
// it on the PATH or where MINISTACK points.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

const command = process.env.MINISTACK ?? "ministack";

/** Where it is missing, say why a test skips. */
export const whereToGetMinistack =
  "no ministack on the PATH: pip install ministack cryptography, or point MINISTACK at it";

/** As in CI, which installs it: its absence is a failure there. */
export const isMinistackRequired = process.env.CASTLE_REQUIRE_EMULATOR === "1";

export const hasMinistack = (): boolean =>
  spawnSync("sh", ["-c", 'command -v "$0"', command]).status === 0;

export interface Ministack {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startMinistack(): Promise<Ministack> {
  const port = await freePort();
  const env = { ...process.env, BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(port) };
  const child: ChildProcess = spawn(command, [], { env, stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${endpoint}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`ministack ended with ${child.exitCode}`);
    await sleep(50);
  }
  return {
    endpoint,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}
