// The journal out of two engines' files, where neither has all of it.

import { rmSync } from "node:fs";
import { expect } from "chai";
import { readWholeJournal } from "../../../../engine/adapters/storage/whole-journal.ts";
import type { LogBatch } from "../../../../engine/replication/log-batch.ts";
import { EngineDisk } from "../../../support/engine-disk.ts";
import { batchOf, snapshotAt } from "../../../support/voter-session.ts";

describe("readWholeJournal", () => {
  let disks: readonly [EngineDisk, EngineDisk];

  beforeEach(() => {
    disks = [new EngineDisk(), new EngineDisk()];
  });
  afterEach(() => {
    for (const disk of disks) disk.remove();
  });

  const journal = async (): Promise<string> => {
    const entries: string[] = [];
    for await (const { position, epoch } of readWholeJournal(disks.map(({ dir }) => dir))) {
      entries.push(`${position}:${epoch}`);
    }
    return entries.join(" ");
  };

  /** A log, and then a snapshot of `epoch` at `position` in place of what it lacks, and what followed. */
  const jump = async (
    disk: EngineDisk,
    before: readonly LogBatch[],
    [position, epoch]: readonly [position: number, epoch: number],
    after: readonly LogBatch[],
  ): Promise<void> => {
    const storage = disk.withLog(before);
    storage.writeCheckpoint(snapshotAt(position, {}, epoch));
    for (const batch of after) storage.appendLog(batch);
    await storage.close();
  };

  const fault = async () => {
    const error = await journal().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: "JOURNAL_DAMAGED" });
  };

  it("takes the engine whose log is whole", async () => {
    const [one, other] = disks;
    await jump(one, [batchOf(1, 1, 2)], [4, 1], [batchOf(2, 5, 1)]);
    other.withLog([batchOf(1, 1, 4), batchOf(2, 5, 1)]);
    expect(await journal()).to.equal("1:1 2:1 3:1 4:1 5:2");
  });

  it("puts it together where each engine lacks a part", async () => {
    const [one, other] = disks;
    // One has 1 to 2 and 5 to 9; the other 1 to 6 and 9.
    await jump(one, [batchOf(1, 1, 2)], [4, 1], [batchOf(1, 5, 3), batchOf(3, 8, 2)]);
    await jump(other, [batchOf(1, 1, 6)], [8, 3], [batchOf(3, 9, 1)]);
    expect(await journal()).to.equal("1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:3 9:3");
  });

  it("leaves out what was cut by the snapshot, though an engine still has it on disk", async () => {
    const [one, other] = disks;
    // Entries 3 to 5 of epoch 1 were never committed: the other engine has 3 to 5 of epoch 2.
    await jump(one, [batchOf(1, 1, 5)], [5, 2], [batchOf(2, 6, 1)]);
    await jump(other, [batchOf(1, 1, 2), batchOf(2, 3, 4)], [7, 2], [batchOf(2, 8, 1)]);
    one.withLog([batchOf(2, 7, 2)]);
    expect(await journal()).to.equal("1:1 2:1 3:2 4:2 5:2 6:2 7:2 8:2");
  });

  it("refuses where a part is nowhere", async () => {
    const [one, other] = disks;
    await jump(one, [batchOf(1, 1, 2)], [5, 1], [batchOf(1, 6, 1)]);
    await jump(other, [batchOf(1, 1, 4)], [5, 1], [batchOf(1, 6, 1)]);
    await fault();
  });

  it("refuses where the first files are gone", async () => {
    for (const disk of disks) {
      const storage = disk.withLog([batchOf(1, 1, 2)]);
      disk.roll(storage, 3);
      storage.appendLog(batchOf(1, 3, 1));
      rmSync(disk.logPaths()[0] as string);
    }
    await fault();
  });
});
