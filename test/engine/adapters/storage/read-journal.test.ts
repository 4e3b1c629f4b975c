// An engine's whole log, as audits and followers that were long away read it from its files.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readJournal } from "../../../../engine/adapters/storage/read-journal.ts";
import { EngineDisk } from "../../../support/engine-disk.ts";
import { batchOf, snapshotAt } from "../../../support/voter-session.ts";

describe("readJournal", () => {
  let disk: EngineDisk;

  beforeEach(() => {
    disk = new EngineDisk();
  });
  afterEach(() => disk.remove());

  const journal = async (from?: number): Promise<string[]> => {
    const entries: string[] = [];
    for await (const { position, epoch, kind, data } of readJournal(disk.dir, from)) {
      entries.push(`${position}=${Buffer.from(data)}:${epoch}:${kind}`);
    }
    return entries;
  };

  it("gives the whole log from its first entry, checkpoints or not, without what was cut", async () => {
    const storage = disk.withLog([batchOf(1, 1, 4)]);
    storage.writeCheckpoint(snapshotAt(2, {}, 1));
    storage.appendLog(batchOf(2, 4, 2));
    await storage.close();
    expect(await journal()).to.deep.equal([
      "1=1/1:1:command",
      "2=1/2:1:command",
      "3=1/3:1:command",
      "4=2/4:2:command",
      "5=2/5:2:command",
    ]);
  });

  it("leaves out what a later file replaced, in its middle too", async () => {
    const storage = disk.withLog([batchOf(1, 1, 6)]);
    disk.roll(storage, 7);
    storage.appendLog(batchOf(1, 7, 2));
    storage.appendLog(batchOf(3, 3, 2));
    expect(await journal()).to.deep.equal([
      "1=1/1:1:command",
      "2=1/2:1:command",
      "3=3/3:3:command",
      "4=3/4:3:command",
    ]);
  });

  it("starts within a file where it is asked to", async () => {
    disk.withLog([batchOf(1, 1, 4), batchOf(2, 3, 2)]);
    expect(await journal(3)).to.deep.equal(["3=2/3:2:command", "4=2/4:2:command"]);
  });

  it("refuses where the first files are gone", async () => {
    const storage = disk.withLog([batchOf(1, 1, 6)]);
    disk.roll(storage, 7);
    storage.appendLog(batchOf(1, 7, 2));
    rmSync(disk.logPaths()[0] as string);
    expect(await journal(8)).to.deep.equal(["8=1/8:1:command"]);
    for (const from of [1, 6]) {
      const fault = await journal(from).catch((error: unknown) => error);
      expect(fault).to.include({ code: "JOURNAL_DAMAGED" });
    }
  });

  it("refuses a log that starts anew on a snapshot, but not from there on", async () => {
    disk.withLog([batchOf(1, 1, 2)]).writeCheckpoint(snapshotAt(9, {}));
    disk.withLog([batchOf(1, 10, 1)]);
    const fault = await journal().catch((error: unknown) => error);
    expect(fault).to.include({ code: "JOURNAL_DAMAGED" });
    expect(await journal(10)).to.deep.equal(["10=1/10:1:command"]);
    expect(existsSync(join(disk.dir, "log-lost"))).to.equal(false);
  });
});
