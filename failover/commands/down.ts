// castle down: stops the exchange of a data directory. The wish is "none runs", so that it is no
// error when none does.

import { downOptions, parseOptions } from "../cli-options.ts";
import { ClusterError } from "../errors.ts";
import { askSupervisor, controlPath, isSomebodyThere } from "../local/control.ts";
import { until } from "../local/progress.ts";

/** Five steps of at most five seconds each, and some air. */
const stopTimeoutMs = 30_000;

export async function down(given: unknown): Promise<void> {
  const { data, json } = parseOptions(downOptions, given);
  const tell = (line: string) => process.stderr.write(`castle: ${line}\n`);
  const wasRunning = await askToStop(data);
  if (wasRunning) {
    await until(async () => !(await isSomebodyThere(controlPath(data))), {
      label: "the exchange to stop",
      timeoutMs: stopTimeoutMs,
      tell,
      failure: () =>
        new ClusterError(
          "NOT_ANSWERING",
          `the exchange on ${data} does not stop; see ${data}/logs`,
        ),
    });
  }
  const sentence = wasRunning
    ? `The exchange on ${data} has stopped.`
    : `No exchange runs on ${data}.`;
  process.stdout.write(`${json ? JSON.stringify({ wasRunning, dataDir: data }) : sentence}\n`);
}

async function askToStop(dataDir: string): Promise<boolean> {
  try {
    await askSupervisor(dataDir, "POST", "/stop", 5_000);
    return true;
  } catch (error) {
    if (error instanceof ClusterError && error.code === "NOT_RUNNING") return false;
    throw error;
  }
}
