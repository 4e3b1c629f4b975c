// castle reconcile: what the old region acknowledged and the new one does not have, from both
// journals; and, where asked, sends a chosen part of it again to the new region, exactly once.
// Exit codes: 0 nothing differs (or all was made good), 1 differences, 2 wrong input.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { type ExchangeConfig, exchangeSchema, keysSchema, loadJson } from "../../engine/index.ts";
import { parseOptions } from "../cli-options.ts";
import { ClusterError } from "../errors.ts";
import { ApiSender } from "../reconcile/api-sender.ts";
import type { Difference } from "../reconcile/difference.ts";
import { orderKeyOf } from "../reconcile/difference.ts";
import { type Reconciliation, reconcileJournals } from "../reconcile/journals.ts";
import { type Answer, planResend, type ResendPlan, readAnswer } from "../reconcile/resend.ts";
import { csvOf } from "../reconcile/row.ts";
import { countsOf, summaryOf, summaryText } from "./reconcile-text.ts";

const path = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith("-"), { message: "needs a value" })
  .transform((text) => resolve(text));

const optionsSchema = z
  .strictObject({
    exchange: path.optional(),
    format: z.enum(["text", "csv", "json"]).default("text"),
    out: path.optional(),
    replay: path.optional(),
    replayAll: z.boolean().default(false),
    to: z.url({ protocol: /^https?$/ }).optional(),
    keys: path.optional(),
    dryRun: z.boolean().default(false),
    yes: z.boolean().default(false),
    json: z.boolean().default(false),
  })
  .refine((options) => !options.replayAll || options.replay === undefined, {
    path: ["replay"],
    message: "either --replay or --replay-all",
  });

type Options = z.infer<typeof optionsSchema>;

export async function reconcile(oldDir: string, newDir: string, given: unknown): Promise<void> {
  const options = parseOptions(optionsSchema, given);
  const configFile = options.exchange ?? findConfig([newDir, oldDir]);
  const config = loadJson(exchangeSchema, configFile);
  const dirs = { oldDir: resolve(oldDir), newDir: resolve(newDir) };
  const found = await reconcileJournals({ config, ...dirs });
  const counts = countsOf(found.differences);
  process.exitCode = counts.lost + counts.divergent + counts.duplicate > 0 ? 1 : 0;
  const isReplay = options.replayAll || options.replay !== undefined;
  if (!isReplay) show(found, options);
  else await replay(found, options, { config, configFile });
}

function show(found: Reconciliation, options: Options): void {
  const whole = () => `${JSON.stringify({ ...summaryOf(found), commands: found.rows }, null, 2)}\n`;
  if (options.format !== "text") {
    const text = options.format === "csv" ? csvOf(found.rows) : whole();
    if (options.out === undefined) {
      process.stdout.write(text);
      return;
    }
    // Accounts and orders are nobody else's business.
    writeFileSync(options.out, text, { mode: 0o600 });
  }
  process.stdout.write(options.json ? `${JSON.stringify(summaryOf(found))}\n` : summaryText(found));
}

async function replay(
  found: Reconciliation,
  options: Options,
  { config, configFile }: { config: ExchangeConfig; configFile: string },
): Promise<void> {
  const plan = planResend(found.differences, found.markets, chooser(options));
  const isDry = options.dryRun || !options.yes;
  if (isDry) {
    const hint = options.dryRun ? "" : "nothing was sent; --yes sends it\n";
    process.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : planText(plan) + hint);
    return;
  }
  if (options.to === undefined)
    throw new ClusterError("OPTION_INVALID", "--to: name the new region's gateway, as a URL");
  const keysFile = options.keys ?? resolve(dirname(configFile), config.keysFile);
  const sender = new ApiSender(options.to, loadJson(keysSchema, keysFile));
  const answers: Record<Answer, number> = { done: 0, unchanged: 0, refused: 0 };
  const results: { id: string; answer: Answer; message: string }[] = [];
  for (const request of plan.requests) {
    const reply = await sender.send(request);
    const answer = readAnswer(request, reply);
    answers[answer] += 1;
    results.push({ id: request.id, answer, message: reply.message });
    if (!options.json)
      process.stdout.write(`${answer.padEnd(9)}  ${request.id}  ${reply.message}\n`);
  }
  process.exitCode = answers.refused + plan.left.length > 0 ? 1 : 0;
  const { left } = plan;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ answers, results, left })}\n`
      : `${leftText(plan)}${answers.done} done, ${answers.unchanged} unchanged, ${answers.refused} refused, ${left.length} left\n`,
  );
}

/** By id, or by `account/clientOrderId`, one a line. */
function chooser({ replay: file }: Options): (difference: Difference) => boolean {
  if (file === undefined) return () => true;
  if (!existsSync(file)) throw new ClusterError("OPTION_INVALID", `--replay: no file ${file}`);
  const chosen = new Set(
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  );
  return ({ id, command }) => chosen.has(id) || chosen.has(orderKeyOf(command) ?? "");
}

function planText(plan: ResendPlan): string {
  const lines = plan.requests.map(({ id, accountId, method, path: route, params }) => {
    const shown = Object.entries(params).map(([name, value]) => `${name}=${value}`);
    return `${id}  account ${accountId}  ${method} ${route} ${shown.join(" ")}\n`;
  });
  return lines.join("") + leftText(plan);
}

function leftText({ left }: ResendPlan): string {
  return left.map(({ id, why }) => `left out   ${id}  ${why}\n`).join("");
}

/** Beside an exchange's directories. */
function findConfig(dirs: readonly string[]): string {
  const places = dirs.flatMap((dir) => [dir, dirname(resolve(dir))]);
  const found = places.map((dir) => join(dir, "exchange.json")).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new ClusterError("OPTION_INVALID", "--exchange: name the exchange.json of either region");
}
