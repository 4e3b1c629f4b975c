// Journals: two engines' directories, opened for comparing. A running engine's may be read too: what
// is there when it is opened is read, and only committed entries of it matter behind the fork. Its
// uncommitted end may change, so what is told of a running region is told again by running again.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  Core,
  decodeLines,
  type ExchangeConfig,
  journalCheckpoint,
  journalStart,
  Markets,
  readJournal,
} from "../../engine/index.ts";
import { FailoverError } from "../errors.ts";
import { type AtStake, atStake } from "./at-stake.ts";
import { compareTails } from "./compare.ts";
import type { Difference } from "./difference.ts";
import { type Fork, findFork } from "./fork.ts";
import { type Row, rowOf } from "./row.ts";

export interface JournalsOptions {
  readonly config: ExchangeConfig;
  /** An engine's directory, or that of an exchange: its engine whose journal goes furthest. */
  readonly oldDir: string;
  readonly newDir: string;
  readonly tailMax?: number;
}

export interface Reconciliation {
  readonly oldDir: string;
  readonly newDir: string;
  readonly fork: Fork;
  readonly differences: readonly Difference[];
  readonly rows: readonly Row[];
  readonly atStake: readonly AtStake[];
  readonly markets: Markets;
}

const tailMaxDefault = 1_000_000;

/** @throws FailoverError JOURNALS_INCOMPARABLE, CastleError JOURNAL_DAMAGED */
export async function reconcileJournals(options: JournalsOptions): Promise<Reconciliation> {
  const { config, tailMax = tailMaxDefault } = options;
  const old = await choose(options.oldDir);
  const { dir: newDir } = await choose(options.newDir);
  const start = Math.max(startOf(old.dir), startOf(newDir));
  const fork = await findFork(readJournal(old.dir, start), readJournal(newDir, start), start);
  if (fork.position === start)
    throw incomparable(`they differ from their first entry on, at ${start}`);
  const cores = await openCores(config, { oldDir: old.dir, newDir, start, fork });
  const oldTail = readJournal(old.dir, fork.position);
  const newTail = readJournal(newDir, fork.position);
  const { certainUpTo } = old;
  const differences = await compareTails({ oldTail, newTail, cores, certainUpTo, tailMax });
  const markets = new Markets(cores.old, config);
  const rows = differences.map((one) => rowOf(one, markets, cores.old));
  const stake = atStake(differences, cores.old);
  return { oldDir: old.dir, newDir, fork, differences, rows, atStake: stake, markets };
}

/** The three states before the fork, from the beginning or from a checkpoint of either engine. */
async function openCores(
  config: ExchangeConfig,
  at: { oldDir: string; newDir: string; start: number; fork: Fork },
): Promise<{ before: Core; old: Core; new: Core }> {
  const { oldDir, newDir, start, fork } = at;
  const base = new Core(config.capacity);
  if (start > 1) {
    const checkpoint = [oldDir, newDir]
      .map(journalCheckpoint)
      .find((one) => one !== null && one.position >= start - 1 && one.position < fork.position);
    if (checkpoint == null)
      throw incomparable(
        `no checkpoint lies between ${start - 1}, where the journals begin, and the fork at ${fork.position}`,
      );
    base.load(decodeLines(checkpoint.lines));
  }
  for await (const entry of readJournal(oldDir, base.position + 1)) {
    if (entry.position >= fork.position) break;
    if (entry.kind === "command") base.apply(entry.position, entry.data, null);
    else base.advance(entry.position);
  }
  const copy = () => Core.restore(config.capacity, linesOf(base));
  return { before: copy(), old: copy(), new: base };
}

function* linesOf(core: Core) {
  const lineBytes = core.memory.length / core.lineCount;
  for (const firstLine of core.usedLines()) {
    const at = firstLine * lineBytes;
    yield { firstLine, bytes: core.memory.subarray(at, at + lineBytes) };
  }
}

interface Chosen {
  readonly dir: string;
  /** Up to there the other engine of the same exchange has the same entries: two of three. */
  readonly certainUpTo: number;
}

/** Both engines of a region may be there: the longer journal is read, the other one confirms it. */
async function choose(dir: string): Promise<Chosen> {
  const dirs = hasLog(dir)
    ? [dir]
    : existsSync(dir)
      ? readdirSync(dir)
          .map((name) => join(dir, name))
          .filter(hasLog)
      : [];
  const engines = await Promise.all(dirs.map(async (path) => ({ path, end: await endOf(path) })));
  engines.sort((a, b) => b.end.epoch - a.end.epoch || b.end.position - a.end.position);
  const [first, second] = engines;
  if (first === undefined) throw incomparable(`${dir} holds no engine's log`);
  if (second === undefined) return { dir: first.path, certainUpTo: 0 };
  const start = Math.max(startOf(first.path), startOf(second.path));
  const { position } = await findFork(
    readJournal(first.path, start),
    readJournal(second.path, start),
    start,
  );
  return { dir: first.path, certainUpTo: position - 1 };
}

function hasLog(dir: string): boolean {
  return existsSync(join(dir, "log")) && journalStart(dir) !== null;
}

function startOf(dir: string): number {
  return journalStart(dir) ?? 1;
}

async function endOf(dir: string): Promise<{ epoch: number; position: number }> {
  let end = { epoch: 0, position: 0 };
  for await (const { epoch, position } of readJournal(dir, startOf(dir))) end = { epoch, position };
  return end;
}

function incomparable(why: string): FailoverError {
  return new FailoverError("JOURNALS_INCOMPARABLE", `the journals cannot be compared: ${why}`);
}
