// PostgresSink: the history's writer. Each batch is one transaction with the journal position, so
// PostgreSQL holds every order, trade and posting exactly once, whatever is killed in between. While
// PostgreSQL is away the batch waits and is tried again; a commit whose answer was lost is found by
// reading the position back. It may fail for good where another writer took over, or where the
// database came back older than it was: then the program starts anew from the checkpoint.

import { assert } from "../../core/assert.ts";
import type { Core } from "../../core/core.ts";
import type { Capacity } from "../../core/instrument.ts";
import { layoutId } from "../../core/layout.ts";
import { CastleError } from "../../errors.ts";
import type { Applied } from "../exchange-port.ts";
import type { JournalSink, SinkStart } from "../journal-sink.ts";
import { BatchRows } from "./batch-rows.ts";
import { CheckpointImage } from "./checkpoint.ts";
import { migrate } from "./migrate.ts";
import { isPassing, pauseMs } from "./outage.ts";
import { daysNeeded, ensurePartitions } from "./partitions.ts";
import { connect, type Session } from "./session.ts";
import { type Batch, writeBatch } from "./write-batch.ts";

export interface PostgresSinkOptions {
  readonly url: string;
  /** Of the follower's core; a checkpoint of another capacity is refused. */
  readonly capacity: Capacity;
  /** Time between checkpoints: what a restart replays, against what every one of them writes. */
  readonly checkpointIntervalMs?: number;
  /** How long PostgreSQL may be away before a call rejects with HISTORY_UNAVAILABLE. */
  readonly outageMsMax?: number;
  /** Of one statement; a longer silence counts as a lost connection. */
  readonly stepTimeoutMs?: number;
  /** Partitions made ahead of time. */
  readonly daysAhead?: number;
  /** Told whenever PostgreSQL fails and the call will be tried again. */
  readonly onOutage?: (error: Error, attempt: number) => void;
  /** Opens a connection; `connect` of session.ts where nothing else is given. */
  readonly connect?: (url: string, timeoutMs: number) => Promise<Session>;
}

const defaults = {
  checkpointIntervalMs: 5_000,
  outageMsMax: 600_000,
  stepTimeoutMs: 15_000,
  daysAhead: 2,
};

interface Standing {
  readonly position: number;
  readonly writer: number;
}

export class PostgresSink implements JournalSink {
  private readonly options: PostgresSinkOptions & typeof defaults;
  private session: Session | undefined;
  private writer = 0;
  private durablePosition = 0;
  private checkpointPosition = 0;
  private image: CheckpointImage;
  private nextCheckpointMs: number;
  /** Partitions known to stand, by name. */
  private readonly knownDays = new Set<string>();
  private isWriting = false;
  private isClosed = false;

  constructor(options: PostgresSinkOptions) {
    this.options = { ...defaults, ...options };
    this.image = new CheckpointImage();
    this.nextCheckpointMs = performance.now() + this.options.checkpointIntervalMs;
  }

  get retainPosition(): number {
    return this.checkpointPosition;
  }

  async open(): Promise<SinkStart> {
    return this.untilItPasses(async (session) => {
      await migrate(session);
      // Reads and takes over in one step; the writer before is refused from here on.
      const [row] = await session.query(
        `UPDATE journal_position SET writer = writer + 1
         RETURNING position, writer, checkpoint_position, checkpoint_hash, checkpoint_layout`,
      );
      assert(row !== undefined, "the journal position has its row");
      this.writer = row.writer as number;
      this.durablePosition = row.position as number;
      this.checkpointPosition = row.checkpoint_position as number;
      this.image = new CheckpointImage();
      const durablePosition = this.durablePosition;
      if (this.checkpointPosition === 0) return { checkpoint: null, durablePosition };
      this.requireLayout(row.checkpoint_layout as string);
      const checkpoint = {
        position: this.checkpointPosition,
        hash: row.checkpoint_hash as string,
        runs: await this.image.load(session),
      };
      return { checkpoint, durablePosition };
    });
  }

  async write(batch: readonly Applied[], core: Core): Promise<void> {
    const first = batch[0];
    const last = batch[batch.length - 1];
    if (first === undefined || last === undefined) return;
    assert(this.writer > 0, "the sink was opened before it is written to");
    assert(!this.isWriting, "at most one write is in flight");
    assert(
      first.position === this.durablePosition + 1,
      "a batch begins after the durable position",
    );
    assert(last.position === first.position + batch.length - 1, "a batch has no gap");
    assert(core.position === last.position, "the core stands at the end of the batch");
    // Everything is taken out of batch and core now: the follower goes on while this waits.
    const rows = new BatchRows(batch, core);
    const isCheckpointDue = performance.now() >= this.nextCheckpointMs;
    const checkpoint = isCheckpointDue ? this.image.take(core) : undefined;
    this.isWriting = true;
    try {
      await this.persist({
        from: this.durablePosition,
        to: last.position,
        epoch: last.epoch,
        writer: this.writer,
        rows,
        checkpoint,
      });
    } finally {
      this.isWriting = false;
    }
    this.durablePosition = last.position;
    if (checkpoint === undefined) return;
    this.checkpointPosition = checkpoint.position;
    this.nextCheckpointMs = performance.now() + this.options.checkpointIntervalMs;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.session?.close();
    this.session = undefined;
  }

  private async persist(batch: Batch): Promise<void> {
    let isFirstTry = true;
    await this.untilItPasses(async (session) => {
      const mayBeDone = !isFirstTry;
      isFirstTry = false;
      if (mayBeDone && (await this.isDurable(session, batch))) return;
      await this.preparePartitions(session, batch.rows);
      if (await writeBatch(session, batch)) return;
      throw superseded(batch, await standing(session));
    });
  }

  /** Whether a try whose answer was lost had been committed. */
  private async isDurable(session: Session, batch: Batch): Promise<boolean> {
    const now = await standing(session);
    if (now.writer !== batch.writer) throw superseded(batch, now);
    if (now.position === batch.to) return true;
    if (now.position !== batch.from) throw superseded(batch, now);
    return false;
  }

  private async preparePartitions(session: Session, rows: BatchRows): Promise<void> {
    const days = daysNeeded(rows.timesUs, this.options.daysAhead);
    const missing = days.filter((day) => !this.knownDays.has(day.name));
    if (missing.length === 0) return;
    await ensurePartitions(session, missing);
    for (const day of missing) this.knownDays.add(day.name);
  }

  private requireLayout(found: string): void {
    const expected = layoutId(this.options.capacity);
    if (found === expected) return;
    throw new CastleError(
      "VERSION_MISMATCH",
      "the history's checkpoint was written by a core of another version or capacity",
      { found, expected },
    );
  }

  /** Runs `step` on a connection, anew on a new one as long as PostgreSQL's failures pass. */
  private async untilItPasses<T>(step: (session: Session) => Promise<T>): Promise<T> {
    const { url, stepTimeoutMs, outageMsMax, onOutage } = this.options;
    const open = this.options.connect ?? connect;
    const deadlineMs = performance.now() + outageMsMax;
    for (let attempt = 0; ; attempt++) {
      try {
        this.session ??= await prepare(await open(url, stepTimeoutMs));
        return await step(this.session);
      } catch (cause) {
        const session = this.session;
        this.session = undefined;
        await session?.close();
        if (this.isClosed || !isPassing(cause)) throw cause;
        if (performance.now() >= deadlineMs) throw unavailable(cause as Error, outageMsMax);
        onOutage?.(cause as Error, attempt + 1);
        await new Promise((wake) => setTimeout(wake, pauseMs(attempt)));
      }
    }
  }
}

/** Changed orders are found by their key, always: a scan of a partition would be slow for ever. */
async function prepare(session: Session): Promise<Session> {
  await session.query("SET enable_hashjoin = off; SET enable_mergejoin = off");
  return session;
}

async function standing(session: Session): Promise<Standing> {
  const [row] = await session.query("SELECT position, writer FROM journal_position");
  return { position: row?.position as number, writer: row?.writer as number };
}

function superseded({ from, to, writer }: Batch, found: Standing): CastleError {
  const why =
    found.writer === writer
      ? `PostgreSQL stands at position ${found.position}, not at ${from} where this writer left it`
      : "another history writer has taken over";
  return new CastleError("HISTORY_SUPERSEDED", `${why}; start this one again only if it is alone`, {
    from,
    to,
    writer,
    found,
  });
}

function unavailable(cause: Error, outageMsMax: number): CastleError {
  return new CastleError(
    "HISTORY_UNAVAILABLE",
    `PostgreSQL has been away for ${outageMsMax} ms: ${cause.message}`,
    {},
    { cause },
  );
}
