// Journals: two engines' directories, opened for comparing. A running engine's may be read too: what
// is there when it is opened is read, and only committed entries of it matter behind the fork. Its
// uncommitted end may change, so what is told of a running region is told again by running again.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  Core,
  decodeLines,
  type ExchangeConfig,
  type JournalCheckpoint,
  type JournalEntry,
  journalCheckpoint,
  journalNewestStart,
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
  const base = await commonBase(old.dir, newDir);
  const start = base.position + 1;
  const fork = await findFork(readJournal(old.dir, start), readJournal(newDir, start), start);
  if (fork.position === start && !base.isVerified)
    throw incomparable(`they differ from their first entry on, at ${start}`);
  const cores = await openCores(config, { oldDir: old.dir, base, fork });
  const oldTail = readJournal(old.dir, fork.position);
  const newTail = readJournal(newDir, fork.position);
  const { certainUpTo } = old;
  const differences = await compareTails({ oldTail, newTail, cores, certainUpTo, tailMax });
  const markets = new Markets(cores.old, config);
  const rows = differences.map((one) => rowOf(one, markets, cores.old));
  const stake = atStake(differences, cores.old);
  return { oldDir: old.dir, newDir, fork, differences, rows, atStake: stake, markets };
}

/** A state that both regions had. */
interface Base extends JournalCheckpoint {
  /** Both journals hold the entry that it stands at, with one epoch: then all before is the same. */
  readonly isVerified: boolean;
}

/** The latest that there is, so that little has to be read: a checkpoint, else the beginning. */
async function commonBase(oldDir: string, newDir: string): Promise<Base> {
  const dirs = [oldDir, newDir];
  const start = Math.max(...dirs.map(startOf));
  const checkpoints = dirs
    .flatMap((dir) => journalCheckpoint(dir) ?? [])
    .sort((one, other) => other.position - one.position);
  for (const checkpoint of checkpoints) {
    const { position } = checkpoint;
    if (position === start - 1) return { ...checkpoint, isVerified: false };
    if (position < start) continue;
    const fork = await findFork(entryAt(oldDir, position), entryAt(newDir, position), position);
    if (fork.position > position) return { ...checkpoint, isVerified: true };
  }
  if (start === 1) return { position: 0, lines: new Uint8Array(), isVerified: false };
  throw incomparable(
    `no checkpoint lies between ${start - 1}, where the journals begin, and their fork`,
  );
}

async function* entryAt(dir: string, position: number): AsyncGenerator<JournalEntry> {
  for await (const entry of readJournal(dir, position)) {
    yield entry;
    return;
  }
}

/** The three states before the fork. */
async function openCores(
  config: ExchangeConfig,
  at: { oldDir: string; base: Base; fork: Fork },
): Promise<{ before: Core; old: Core; new: Core }> {
  const { oldDir, base, fork } = at;
  const core = new Core(config.capacity);
  if (base.position > 0) core.load(decodeLines(base.lines));
  for await (const entry of readJournal(oldDir, base.position + 1)) {
    if (entry.position >= fork.position) break;
    if (entry.kind === "command") core.apply(entry.position, entry.data, null);
    else core.advance(entry.position);
  }
  const copy = () => Core.restore(config.capacity, linesOf(core));
  return { before: copy(), old: copy(), new: core };
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
  const { position: last } = await commonBase(first.path, second.path);
  const from = last + 1;
  const confirmed = readJournal(second.path, from);
  const { position } = await findFork(readJournal(first.path, from), confirmed, from);
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
  const from = journalNewestStart(dir) ?? 1;
  for await (const { epoch, position } of readJournal(dir, from)) end = { epoch, position };
  return end;
}

function incomparable(why: string): FailoverError {
  return new FailoverError("JOURNALS_INCOMPARABLE", `the journals cannot be compared: ${why}`);
}
