// The probe: trades on a running exchange, from outside and for as long as it is told, and says what clients
// saw. Beside an experiment that takes a zone's power it is the witness. All by the environment:
//   CASTLE_ENDPOINTS  addresses of gateways or of what stands before them, with commas between
//   API_KEYS          the accounts' secret: JSON, `accounts` as in the exchange's keys file
//   CASTLE_ZONE       what is lost meanwhile, for the report
//   CASTLE_PROBE_SECONDS, CASTLE_PROBE_RATE, CASTLE_PROBE_GAP_MS
// Prints one JSON object. Exit codes: 0 held; 1 deviated or unknown; 2 it could not run.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ChaosError } from "./errors.ts";
import { readLedger } from "./load/ledger.ts";
import { LoadProcess } from "./load/load-process.ts";
import { sightOf } from "./probe-sight.ts";

const environmentSchema = z.object({
  CASTLE_ENDPOINTS: z.string().min(1),
  API_KEYS: z.string().min(1),
  CASTLE_ZONE: z.string().default(""),
  // A zone is dark for half an hour; before and after it there has to be calm to compare with.
  CASTLE_PROBE_SECONDS: z.coerce.number().int().min(1).default(2_700),
  CASTLE_PROBE_RATE: z.coerce.number().min(1).default(50),
  CASTLE_PROBE_GAP_MS: z.coerce.number().min(1).default(1_000),
});

const accountsSchema = z.object({
  accounts: z
    .array(z.object({ accountId: z.int(), apiKey: z.string(), secretKey: z.string() }))
    .min(1),
});

/** As a bundle it has the load beside it, under its own ending. */
const loadMain = fileURLToPath(
  new URL(`load-main${import.meta.url.endsWith(".ts") ? ".ts" : ".mjs"}`, import.meta.url),
);

async function probe(): Promise<boolean> {
  const given = environmentSchema.safeParse(process.env);
  if (!given.success) throw new ChaosError("DRILL_OPTION_INVALID", z.prettifyError(given.error));
  const environment = given.data;
  const keys = accountsSchema.safeParse(JSON.parse(environment.API_KEYS));
  if (!keys.success)
    throw new ChaosError("DRILL_OPTION_INVALID", `API_KEYS: ${z.prettifyError(keys.error)}`);
  const folder = mkdtempSync(join(tmpdir(), "castle-probe-"));
  const ledgerFile = join(folder, "ledger.jsonl");
  const load = new LoadProcess(spawn(process.execPath, [loadMain], { stdio: "pipe", env: {} }));
  process.once("SIGTERM", () => load.stop());
  try {
    await load.prepare({
      kind: "options",
      endpoints: environment.CASTLE_ENDPOINTS.split(",").map((url, index) => ({
        name: `endpoint-${index + 1}`,
        url,
      })),
      accounts: keys.data.accounts.map(({ accountId, apiKey, secretKey }) => ({
        accountId,
        apiKey,
        secretKey,
      })),
      markets: [{ symbol: "BTCUSDT", midPrice: 50_000 }],
      flow: { kind: "synthetic", ratePerS: environment.CASTLE_PROBE_RATE },
      beatsPerS: 10,
      rampMs: 0,
      durationMs: environment.CASTLE_PROBE_SECONDS * 1000,
      seed: 1,
      ledgerFile,
    });
    await load.start();
    await load.finished();
    await load.reconcile();
    await load.exit();
    const sight = sightOf(readLedger(ledgerFile), environment.CASTLE_PROBE_GAP_MS);
    const at = new Date().toISOString();
    process.stdout.write(`${JSON.stringify({ probe: environment.CASTLE_ZONE, at, ...sight })}\n`);
    return sight.verdict === "held";
  } finally {
    await load.exit().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = (await probe()) ? 0 : 1;
} catch (error) {
  const code = error instanceof ChaosError ? error.code : "BUG";
  process.stderr.write(`error: ${(error as Error).message} (${code})\n`);
  process.exitCode = 2;
}
