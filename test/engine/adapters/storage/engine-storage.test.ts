// The engine's disk: what comes back after every kind of end, and what must be called lost.

import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { openStorage } from "../../../../engine/adapters/storage/engine-storage.ts";
import { formatEngine, seatEngine } from "../../../../engine/adapters/storage/identity.ts";
import type { LogBatch } from "../../../../engine/replication/log-batch.ts";
import { genesisBase, ReplicaLog } from "../../../../engine/replication/replica-log.ts";
import { diskIdentity, EngineDisk, engineDefaults } from "../../../support/engine-disk.ts";
import { batchOf, snapshotAt, textsOf } from "../../../support/voter-session.ts";

describe("EngineStorage", () => {
  let disk: EngineDisk;

  beforeEach(() => {
    disk = new EngineDisk();
  });
  afterEach(() => disk.remove());

  it("begins at the genesis", () => {
    expect(disk.open().load()).to.deep.equal({
      disk: "kept",
      epoch: 0,
      incarnation: 1,
      log: { base: genesisBase, batches: [] },
      checkpoint: null,
    });
  });

  it("keeps epoch and log through a kill", () => {
    const storage = disk.withLog([batchOf(1, 1, 2)]);
    storage.writeEpoch(3);
    storage.appendLog(batchOf(3, 3, 1));
    expect(disk.reload()).to.deep.include({ epoch: 3, entries: ["1=1/1", "2=1/2", "3=3/3"] });
  });

  it("goes on where it ended, however often it is opened", () => {
    for (let position = 1; position <= 5; position++) disk.withLog([batchOf(1, position, 1)]);
    expect(disk.reload().entries).to.have.length(5);
  });

  it("replaces from the first position of a batch that is not behind the end", () => {
    disk.withLog([batchOf(1, 1, 5), batchOf(1, 6, 2), batchOf(2, 4, 2)]);
    expect(disk.reload().entries).to.deep.equal(["1=1/1", "2=1/2", "3=1/3", "4=2/4", "5=2/5"]);
  });

  it("holds what a log in memory holds, whatever is appended, cut and checkpointed", async () => {
    const act = fc.record({
      back: fc.nat({ max: 6 }),
      count: fc.integer({ min: 1, max: 5 }),
      isNewEpoch: fc.boolean(),
      isCheckpoint: fc.boolean(),
      isReopened: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const own = new EngineDisk();
        let storage = own.withLog([]);
        const log = new ReplicaLog(genesisBase);
        let epoch = 1;
        for (const { back, count, isNewEpoch, isCheckpoint, isReopened } of acts) {
          const first = Math.max(log.base.position + 1, log.lastPosition + 1 - back);
          if (isNewEpoch || first <= log.lastPosition) epoch++;
          const batch = batchOf(epoch, first, count);
          storage.appendLog(batch);
          if (first <= log.lastPosition) log.cutFrom(first);
          log.append(batch);
          if (isCheckpoint) {
            const snapshot = snapshotAt(first, { 0: 1 }, log.epochAt(first));
            storage.writeCheckpoint(snapshot);
            log.rebase({ position: first, epoch: snapshot.epoch, instance: "before" });
            expect(storage.loadCheckpoint()).to.deep.equal(snapshot);
          }
          if (!isReopened) continue;
          await storage.close();
          storage = own.open();
          const loaded = storage.load();
          expect(loaded.log?.base).to.deep.equal(log.base);
          const { base, lastPosition } = log;
          const held =
            base.position < lastPosition ? log.read(base.position + 1, lastPosition, 1e9) : [];
          expect(textsOf(loaded.log?.batches ?? [])).to.deep.equal(textsOf(held));
        }
        await storage.close();
        own.remove();
      }),
      { numRuns: 15 },
    );
  }).timeout(60_000);

  it("cuts a torn tail, wherever the write ended", function () {
    this.timeout(20_000);
    disk.withLog([batchOf(1, 1, 2)]);
    const whole = statSync(disk.newestLog()).size;
    disk.withLog([batchOf(1, 3, 2)]);
    const path = disk.newestLog();
    const bytes = readFileSync(path);
    for (let end = whole; end < bytes.length; end++) {
      writeFileSync(path, bytes.subarray(0, end));
      expect(disk.reload().entries, `cut at ${end}`).to.deep.equal(["1=1/1", "2=1/2"]);
      expect(statSync(path).size).to.equal(whole);
    }
    // And it goes on from there.
    disk.withLog([batchOf(2, 3, 1)]);
    expect(disk.reload().entries).to.deep.equal(["1=1/1", "2=1/2", "3=2/3"]);
  });

  it("cuts a tail that the system allotted but never wrote", () => {
    disk.withLog([batchOf(1, 1, 2)]);
    appendFileSync(disk.newestLog(), Buffer.alloc(4_096));
    expect(disk.reload().entries).to.deep.equal(["1=1/1", "2=1/2"]);
  });

  it("calls the log lost where a frame before the last is damaged, at every byte", function () {
    this.timeout(20_000);
    disk.withLog([batchOf(1, 1, 2)]);
    const first = statSync(disk.newestLog()).size;
    disk.withLog([batchOf(1, 3, 2)]);
    const path = disk.newestLog();
    const bytes = readFileSync(path);
    for (let at = 0; at < first; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x41;
      writeFileSync(path, damaged);
      expect(disk.reload().log, `byte ${at}`).to.equal(null);
      rmSync(join(disk.dir, "log-lost"));
    }
  });

  it("stays lost until a whole log replaces it", () => {
    disk.withLog([batchOf(1, 1, 2), batchOf(1, 3, 2)]).writeEpoch(4);
    const path = disk.newestLog();
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)),
    );
    expect(disk.reload()).to.include({ disk: "kept", epoch: 4, log: null });
    writeFileSync(path, bytes);
    expect(disk.reload().log).to.equal(null);
    const storage = disk.open();
    storage.load();
    storage.replaceLog(null, [batchOf(2, 1, 3)]);
    storage.appendLog(batchOf(4, 4, 1));
    expect(disk.reload()).to.deep.include({
      epoch: 4,
      entries: ["1=2/1", "2=2/2", "3=2/3", "4=4/4"],
    });
  });

  it("replaces a log by a snapshot and what follows it", () => {
    const storage = disk.withLog([batchOf(1, 1, 5)]);
    storage.replaceLog(snapshotAt(9, { 2: 3 }), [batchOf(1, 10, 2)]);
    const loaded = disk.reload();
    expect(loaded.checkpoint).to.deep.equal(snapshotAt(9, { 2: 3 }));
    expect(loaded.log?.base).to.deep.equal({ position: 9, epoch: 1, instance: "before" });
    expect(loaded.entries).to.deep.equal(["10=1/10", "11=1/11"]);
  });

  it("a replacement that was cut short leaves the log lost", () => {
    const storage = disk.withLog([batchOf(1, 1, 5)]);
    const whole = [batchOf(1, 1, 5), batchOf(1, 6, 1)];
    const torn = Object.assign([...whole], {
      *[Symbol.iterator]() {
        yield whole[0];
        throw new Error("killed here");
      },
    });
    expect(() => storage.replaceLog(null, torn as unknown as LogBatch[])).to.throw("killed here");
    expect(disk.reload()).to.include({ disk: "kept", log: null });
  });

  describe("a disk that is not the one formatted", () => {
    it("is lost where it is empty, and where the epoch cannot be trusted", () => {
      disk.withLog([batchOf(1, 1, 2)]).writeEpoch(5);
      writeFileSync(join(disk.dir, "epoch"), "7 123\n");
      expect(disk.reload()).to.include({ disk: "lost", epoch: 0, log: null });
      rmSync(disk.dir, { recursive: true });
      expect(disk.reload()).to.include({ disk: "lost", epoch: 0, log: null });
    });

    it("stays lost after a new epoch, and is kept with a whole log", () => {
      rmSync(join(disk.dir, "format.json"));
      disk.open().writeEpoch(6);
      expect(disk.reload()).to.include({ disk: "lost", epoch: 6, log: null });
      const storage = disk.open();
      storage.load();
      storage.replaceLog(null, [batchOf(1, 1, 1)]);
      expect(disk.reload()).to.deep.include({ disk: "kept", epoch: 6, entries: ["1=1/1"] });
    });

    it("is refused where it is another engine's", () => {
      expect(() => disk.open({ engineId: 2 })).to.throw(/belongs to engine 1 of shard disk/);
    });

    it("is not formatted twice", () => {
      disk.withLog([batchOf(1, 1, 2)]).writeEpoch(5);
      formatEngine(disk.dir, diskIdentity);
      expect(disk.reload()).to.include({ disk: "kept", epoch: 5 });
    });
  });

  describe("a seat", () => {
    const second = { ...diskIdentity, incarnation: 2 };

    it("is kept by an empty directory until a whole log is there, and after it", () => {
      const dir = join(disk.dir, "seat");
      seatEngine(dir, second);
      seatEngine(dir, second);
      const open = () => openStorage(dir, engineDefaults);
      expect(open().load()).to.deep.include({ disk: "lost", incarnation: 2, log: null });
      const storage = open();
      storage.load();
      storage.writeEpoch(3);
      storage.replaceLog(null, [batchOf(1, 1, 1)]);
      expect(open().load()).to.include({ disk: "kept", incarnation: 2, epoch: 3 });
    });

    it("is the first one where nothing is said", () => {
      expect(disk.reload()).to.include({ incarnation: 1 });
    });

    it("is not given to what an earlier incarnation left", () => {
      disk.withLog([batchOf(1, 1, 2)]);
      expect(() => seatEngine(disk.dir, second)).to.throw(/earlier incarnation/);
      // Not even by hand.
      const seat = { version: 1, ...diskIdentity, incarnation: 2 };
      writeFileSync(join(disk.dir, "seat.json"), JSON.stringify(seat));
      expect(() => disk.open()).to.throw(/incarnation 1 of its seat, and not of 2/);
    });

    it("is refused where the file is another engine's, or damaged", () => {
      seatEngine(join(disk.dir, "other"), { ...second, engineId: 2 });
      const dir = join(disk.dir, "other");
      expect(() => openStorage(dir, engineDefaults)).to.throw(/engine 2/);
      writeFileSync(join(dir, "seat.json"), "{");
      expect(() => openStorage(dir, engineDefaults)).to.throw(/seat.json/);
    });
  });

  describe("a restart of the machine", () => {
    const batches = [batchOf(1, 1, 2)];
    const newBoot = { bootId: "boot-2" };

    for (const fsync of ["interval", "never"] as const) {
      it(`loses a log that was written with fsync ${fsync}, and keeps the epoch`, () => {
        disk.withLog(batches, { fsync }).writeEpoch(3);
        expect(disk.reload({ fsync: "batch", ...newBoot })).to.include({ epoch: 3, log: null });
        expect(disk.reload({ fsync: "batch", ...newBoot }).log).to.equal(null);
      });
    }

    it("keeps a log of which every batch was fsynced", () => {
      disk.withLog(batches, { fsync: "batch" });
      expect(disk.reload({ fsync: "never", ...newBoot }).entries).to.have.length(2);
    });

    it("keeps a log after a clean stop", async () => {
      await disk.withLog(batches, { fsync: "interval" }).close();
      expect(disk.reload({ fsync: "interval", ...newBoot }).entries).to.have.length(2);
    });

    it("after a clean stop and a start without one loses it", async () => {
      await disk.withLog(batches).close();
      disk.withLog([batchOf(1, 3, 1)]);
      expect(disk.reload(newBoot).log).to.equal(null);
    });
  });

  describe("a checkpoint", () => {
    const batches = [batchOf(1, 1, 4), batchOf(2, 5, 4)];

    it("is the base of the log that is loaded", async () => {
      const storage = disk.withLog(batches);
      storage.writeCheckpoint(snapshotAt(6, { 7: 8 }, 2));
      expect(storage.loadCheckpoint()).to.deep.equal(snapshotAt(6, { 7: 8 }, 2));
      await storage.close();
      const loaded = disk.reload();
      expect(loaded.log?.base).to.deep.equal({ position: 6, epoch: 2, instance: "before" });
      expect(loaded.checkpoint).to.deep.equal(snapshotAt(6, { 7: 8 }, 2));
      expect(loaded.entries).to.deep.equal(["7=2/7", "8=2/8"]);
    });

    it("on its way counts in memory; on disk the one before does", async () => {
      const storage = disk.withLog(batches);
      storage.writeCheckpoint(snapshotAt(6, {}, 2));
      expect(storage.loadCheckpoint()?.position).to.equal(6);
      expect(disk.reload()).to.deep.include({ checkpoint: null });
      expect(disk.reload().entries).to.have.length(8);
      await storage.close();
    });

    it("removes the one before it", async () => {
      const storage = disk.withLog(batches);
      for (const position of [5, 6, 7]) storage.writeCheckpoint(snapshotAt(position, {}, 2));
      await storage.close();
      const names = readdirSync(disk.dir).filter((name) => name.startsWith("checkpoint"));
      expect(names).to.deep.equal(["checkpoint-0000000000000007.bin"]);
    });

    it("that was never finished is none, and the newer of two counts", async () => {
      const storage = disk.withLog(batches);
      storage.writeCheckpoint(snapshotAt(5, {}, 2));
      await storage.close();
      const five = readFileSync(join(disk.dir, "checkpoint-0000000000000005.bin"));
      const again = disk.open();
      again.load();
      again.writeCheckpoint(snapshotAt(7, {}, 2));
      await again.close();
      const seven = join(disk.dir, "checkpoint-0000000000000007.bin");
      const bytes = readFileSync(seven);
      // Between the new one's rename and the old one's removal.
      writeFileSync(join(disk.dir, "checkpoint-0000000000000005.bin"), five);
      expect(disk.reload().checkpoint?.position).to.equal(7);
      // Between the new one's writing and its rename.
      rmSync(seven);
      writeFileSync(`${seven}.soon.tmp`, bytes.subarray(0, 30));
      expect(disk.reload()).to.deep.include({ entries: ["6=2/6", "7=2/7", "8=2/8"] });
    });

    it("that is damaged makes the log lost", async () => {
      const storage = disk.withLog(batches);
      storage.writeCheckpoint(snapshotAt(6, { 1: 1 }, 2));
      await storage.close();
      truncateSync(join(disk.dir, "checkpoint-0000000000000006.bin"), 100);
      expect(disk.reload()).to.include({ disk: "kept", log: null });
    });

    it("that the log does not lead up to replaces the log, at once", () => {
      const storage = disk.withLog(batches);
      // Its entry at 7 is of another epoch than the snapshot's.
      storage.writeCheckpoint(snapshotAt(7, {}, 4));
      expect(disk.reload()).to.deep.include({ entries: [] });
      const again = disk.open();
      again.load();
      again.appendLog(batchOf(4, 8, 1));
      expect(disk.reload().entries).to.deep.equal(["8=4/8"]);
    });
  });

  describe("the files of the log", () => {
    const large = (position: number) => batchOf(1, position, 4_000);

    it("throw where they cannot be written", () => {
      const storage = disk.withLog([]);
      rmSync(join(disk.dir, "log"), { recursive: true });
      expect(() => storage.appendLog(batchOf(1, 1, 1))).to.throw(/ENOENT/);
    });

    it("are deleted behind the checkpoint, beyond what is kept for audits", async function () {
      this.timeout(10_000);
      let storage = disk.withLog([]);
      let position = 1;
      for (let run = 0; run < 3; run++) {
        for (let batch = 0; batch < 4; batch++, position += 4_000)
          storage.appendLog(large(position));
        // A file of its own each time, as after 64 MiB.
        disk.roll(storage, position);
      }
      await storage.close();
      const before = disk.logPaths().length;
      storage = disk.open({ retainBytes: 300_000 });
      storage.load();
      storage.writeCheckpoint(snapshotAt(position - 10, {}, 1));
      await storage.close();
      expect(before).to.equal(4);
      // The one that the checkpoint stands in, the newest, and one behind them.
      expect(disk.logPaths()).to.have.length(3);
      expect(disk.reload().entries).to.have.length(9);
    });
  });
});
