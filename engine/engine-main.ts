// One engine as a process: `--config FILE --node engine-1`.

import { mkdirSync } from "node:fs";
import { collectDefaultMetrics, Registry } from "prom-client";
import { systemClock } from "./adapters/clock.ts";
import { registerEngineMetrics } from "./adapters/engine/engine-metrics.ts";
import { EngineNode } from "./adapters/engine/engine-node.ts";
import { handOver } from "./adapters/engine/hand-over.ts";
import { OperatorGate } from "./adapters/operator-gate.ts";
import { serveStatus } from "./adapters/status-server.ts";
import { lockDirectory } from "./adapters/storage/directory-lock.ts";
import { CastleError } from "./errors.ts";
import { runNode } from "./node-main.ts";

await runNode(async ({ config, keys, name, directory, log, onFatal }) => {
  const node = config.engines.find((engine) => `engine-${engine.id}` === name);
  if (node === undefined) {
    throw new CastleError("CONFIG_INVALID", `--node ${name}: write engine-1 or engine-2`);
  }
  mkdirSync(directory, { recursive: true });
  const lock = await lockDirectory(directory);
  const options = { config, keys, node, directory, clock: systemClock, log, onFatal };
  const engine = new EngineNode(options);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  registerEngineMetrics(metrics, engine);
  await engine.start();
  const status = await serveStatus(node.host, node.statusPort, {
    status: () => engine.status(),
    isHealthy: () => true,
    metrics,
    operators: new OperatorGate(keys.operatorToken, (verb, asked) =>
      engine.operators.carryOut(verb, asked),
    ),
  });
  return async () => {
    await handOver(engine.replica, systemClock.nowMs);
    status.close();
    await engine.stop();
    lock.release();
  };
});
