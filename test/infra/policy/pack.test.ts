// The policy pack as Pulumi starts it: by the runner of its SDK, in a process of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { assert } from "chai";

const pack = fileURLToPath(new URL("../../../infra/policy-pack", import.meta.url));
const runner = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run-policy-pack");

describe("Policy pack", function () {
  this.timeout(30_000);

  it("starts by Pulumi's own runner, and tells where it listens", async () => {
    const host = spawn(process.execPath, [runner, "127.0.0.1:1", pack], {
      cwd: pack,
      env: { ...process.env, PULUMI_NODEJS_PROJECT: "castle", PULUMI_NODEJS_STACK: "prod" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: Buffer[] = [];
    host.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    try {
      const line = once(host.stdout, "data").then(([chunk]) => String(chunk));
      const told = await Promise.race([line, once(host, "exit").then(() => "it ended")]);
      assert.match(told, /^\d+\n$/, Buffer.concat(said).toString());
    } finally {
      host.kill();
    }
  });
});
