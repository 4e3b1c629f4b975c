// castle status: what every node of a running exchange says of itself, as a table.

import { parseOptions, statusOptions } from "../cli-options.ts";
import { askSupervisor } from "../local/control.ts";
import type { ExchangeStatus } from "../local/exchange-status.ts";
import { statusTable } from "./status-table.ts";

const watchEveryMs = 1_000;

export async function status(given: unknown): Promise<void> {
  const { data, watch, json } = parseOptions(statusOptions, given);
  const ask = async () =>
    (await askSupervisor(data, "GET", "/status", 3_000)) as unknown as ExchangeStatus;
  const first = await ask();
  if (json) {
    process.stdout.write(`${JSON.stringify(first)}\n`);
    return;
  }
  process.stdout.write(statusTable(first));
  while (watch) {
    await new Promise((wake) => setTimeout(wake, watchEveryMs));
    const table = statusTable(await ask());
    // Home and clear, so that the table stands still on a terminal.
    process.stdout.write(process.stdout.isTTY ? `\x1b[H\x1b[2J${table}` : `\n${table}`);
  }
}
