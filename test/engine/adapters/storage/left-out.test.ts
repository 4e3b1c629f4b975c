// The log that an engine gave up: what is kept of it, and when.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readJournal } from "../../../../engine/adapters/storage/read-journal.ts";
import { EngineDisk } from "../../../support/engine-disk.ts";
import { batchOf, snapshotAt } from "../../../support/voter-session.ts";

describe("LeftOut", () => {
  let disk: EngineDisk;

  beforeEach(() => {
    disk = new EngineDisk();
  });
  afterEach(() => disk.remove());

  async function kept(): Promise<string[]> {
    const entries: string[] = [];
    for await (const { position, epoch } of readJournal(join(disk.dir, "left-out"), 1)) {
      entries.push(`${position}=${epoch}`);
    }
    return entries;
  }

  it("keeps the log that another one replaces, for whoever compares journals", async () => {
    const storage = disk.withLog([batchOf(1, 1, 3)]);
    storage.replaceLog(snapshotAt(9, { 2: 3 }), [batchOf(2, 10, 2)]);
    expect(await kept()).to.deep.equal(["1=1", "2=1", "3=1"]);
    expect(disk.reload().entries).to.deep.equal(["10=2/10", "11=2/11"]);
  });

  it("keeps the last one of several, and none instead of an empty one", async () => {
    const storage = disk.withLog([batchOf(1, 1, 3)]);
    storage.replaceLog(null, [batchOf(1, 1, 2)]);
    storage.replaceLog(null, []);
    expect(await kept()).to.deep.equal(["1=1", "2=1"]);
    storage.replaceLog(null, [batchOf(2, 1, 1)]);
    expect(await kept()).to.deep.equal(["1=1", "2=1"]);
  });

  it("keeps nothing of a log that was lost", () => {
    disk.withLog([batchOf(1, 1, 2), batchOf(1, 3, 2)]);
    const path = disk.newestLog();
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)),
    );
    const storage = disk.open();
    expect(storage.load().log).to.equal(null);
    storage.replaceLog(null, [batchOf(1, 1, 4)]);
    expect(existsSync(join(disk.dir, "left-out"))).to.equal(false);
  });
});
