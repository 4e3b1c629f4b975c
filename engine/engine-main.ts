// One engine as a process: `--config FILE --node engine-1`.

import { collectDefaultMetrics, Registry } from "prom-client";
import { systemClock } from "./adapters/clock.ts";
import { registerEngineMetrics } from "./adapters/engine/engine-metrics.ts";
import { EngineNode } from "./adapters/engine/engine-node.ts";
import { OperatorGate } from "./adapters/operator-gate.ts";
import { serveStatus } from "./adapters/status-server.ts";
import { CastleError } from "./errors.ts";
import { runNode } from "./node-main.ts";

await runNode(async ({ config, keys, name, directory, log, onFatal }) => {
  const node = config.engines.find((engine) => `engine-${engine.id}` === name);
  if (node === undefined) {
    throw new CastleError("CONFIG_INVALID", `--node ${name}: write engine-1 or engine-2`);
  }
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
    status.close();
    await engine.stop();
  };
});
