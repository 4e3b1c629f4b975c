// The engine's disk: what comes back after every kind of end, and what must be called lost.

import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { pino } from "pino";
import {
  type EngineStorage,
  type EngineStorageOptions,
  openStorage,
} from "../../../../engine/adapters/storage/engine-storage.ts";
import { formatEngine } from "../../../../engine/adapters/storage/identity.ts";
import { readJournal } from "../../../../engine/adapters/storage/read-journal.ts";
import type { LogBatch } from "../../../../engine/replication/log-batch.ts";
import { genesisBase, ReplicaLog } from "../../../../engine/replication/replica-log.ts";
import { batchOf, snapshotAt, textsOf } from "../../../support/voter-session.ts";

const identity = { shard: "disk", engineId: 1 as const };

const defaults: EngineStorageOptions = {
  ...identity,
  fsync: "never",
  fsyncIntervalMs: 50,
  log: pino({ level: "silent" }),
  bootId: "boot-1",
};

describe("EngineStorage", () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "castle-disk-"));
    formatEngine(dir, identity);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const open = (more: Partial<EngineStorageOptions> = {}): EngineStorage =>
    openStorage(dir, { ...defaults, ...more });

  /** Open, loaded, and holding a log. */
  const withLog = (batches: readonly LogBatch[], more?: Partial<EngineStorageOptions>) => {
    const storage = open(more);
    storage.load();
    for (const batch of batches) storage.appendLog(batch);
    return storage;
  };

  /** What the next start finds. No close: as after a kill. */
  const reload = (more?: Partial<EngineStorageOptions>) => {
    const loaded = open(more).load();
    return { ...loaded, entries: loaded.log === null ? null : textsOf(loaded.log.batches) };
  };

  const logPaths = () => readdirSync(join(dir, "log")).map((name) => join(dir, "log", name));
  const newestLog = () => logPaths().sort().at(-1) as string;

  it("begins at the genesis", () => {
    expect(open().load()).to.deep.equal({
      disk: "kept",
      epoch: 0,
      log: { base: genesisBase, batches: [] },
      checkpoint: null,
    });
  });

  it("keeps epoch and log through a kill", () => {
    const storage = withLog([batchOf(1, 1, 2)]);
    storage.writeEpoch(3);
    storage.appendLog(batchOf(3, 3, 1));
    expect(reload()).to.deep.include({ epoch: 3, entries: ["1=1/1", "2=1/2", "3=3/3"] });
  });

  it("goes on where it ended, however often it is opened", () => {
    for (let position = 1; position <= 5; position++) withLog([batchOf(1, position, 1)]);
    expect(reload().entries).to.have.length(5);
  });

  it("replaces from the first position of a batch that is not behind the end", () => {
    withLog([batchOf(1, 1, 5), batchOf(1, 6, 2), batchOf(2, 4, 2)]);
    expect(reload().entries).to.deep.equal(["1=1/1", "2=1/2", "3=1/3", "4=2/4", "5=2/5"]);
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
        const place = mkdtempSync(join(tmpdir(), "castle-disk-"));
        formatEngine(place, identity);
        let storage = openStorage(place, defaults);
        storage.load();
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
          storage = openStorage(place, defaults);
          const loaded = storage.load();
          expect(loaded.log?.base).to.deep.equal(log.base);
          const { base, lastPosition } = log;
          const held =
            base.position < lastPosition ? log.read(base.position + 1, lastPosition, 1e9) : [];
          expect(textsOf(loaded.log?.batches ?? [])).to.deep.equal(textsOf(held));
        }
        await storage.close();
        rmSync(place, { recursive: true, force: true });
      }),
      { numRuns: 15 },
    );
  }).timeout(60_000);

  it("cuts a torn tail, wherever the write ended", function () {
    this.timeout(20_000);
    withLog([batchOf(1, 1, 2)]);
    const whole = statSync(newestLog()).size;
    withLog([batchOf(1, 3, 2)]);
    const path = newestLog();
    const bytes = readFileSync(path);
    for (let end = whole; end < bytes.length; end++) {
      writeFileSync(path, bytes.subarray(0, end));
      expect(reload().entries, `cut at ${end}`).to.deep.equal(["1=1/1", "2=1/2"]);
      expect(statSync(path).size).to.equal(whole);
    }
    // And it goes on from there.
    withLog([batchOf(2, 3, 1)]);
    expect(reload().entries).to.deep.equal(["1=1/1", "2=1/2", "3=2/3"]);
  });

  it("cuts a tail that the system allotted but never wrote", () => {
    withLog([batchOf(1, 1, 2)]);
    appendFileSync(newestLog(), Buffer.alloc(4_096));
    expect(reload().entries).to.deep.equal(["1=1/1", "2=1/2"]);
  });

  it("calls the log lost where a frame before the last is damaged, at every byte", function () {
    this.timeout(20_000);
    withLog([batchOf(1, 1, 2)]);
    const first = statSync(newestLog()).size;
    withLog([batchOf(1, 3, 2)]);
    const path = newestLog();
    const bytes = readFileSync(path);
    for (let at = 0; at < first; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x41;
      writeFileSync(path, damaged);
      expect(reload().log, `byte ${at}`).to.equal(null);
      rmSync(join(dir, "log-lost"));
    }
  });

  it("stays lost until a whole log replaces it", () => {
    withLog([batchOf(1, 1, 2), batchOf(1, 3, 2)]).writeEpoch(4);
    const path = newestLog();
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)),
    );
    expect(reload()).to.include({ disk: "kept", epoch: 4, log: null });
    writeFileSync(path, bytes);
    expect(reload().log).to.equal(null);
    const storage = open();
    storage.load();
    storage.replaceLog(null, [batchOf(2, 1, 3)]);
    storage.appendLog(batchOf(4, 4, 1));
    expect(reload()).to.deep.include({
      epoch: 4,
      entries: ["1=2/1", "2=2/2", "3=2/3", "4=4/4"],
    });
  });

  it("replaces a log by a snapshot and what follows it", () => {
    const storage = withLog([batchOf(1, 1, 5)]);
    storage.replaceLog(snapshotAt(9, { 2: 3 }), [batchOf(1, 10, 2)]);
    const loaded = reload();
    expect(loaded.checkpoint).to.deep.equal(snapshotAt(9, { 2: 3 }));
    expect(loaded.log?.base).to.deep.equal({ position: 9, epoch: 1, instance: "before" });
    expect(loaded.entries).to.deep.equal(["10=1/10", "11=1/11"]);
  });

  it("a replacement that was cut short leaves the log lost", () => {
    const storage = withLog([batchOf(1, 1, 5)]);
    const whole = [batchOf(1, 1, 5), batchOf(1, 6, 1)];
    const torn = Object.assign([...whole], {
      *[Symbol.iterator]() {
        yield whole[0];
        throw new Error("killed here");
      },
    });
    expect(() => storage.replaceLog(null, torn as unknown as LogBatch[])).to.throw("killed here");
    expect(reload()).to.include({ disk: "kept", log: null });
  });

  describe("a disk that is not the one formatted", () => {
    it("is lost where it is empty, and where the epoch cannot be trusted", () => {
      withLog([batchOf(1, 1, 2)]).writeEpoch(5);
      writeFileSync(join(dir, "epoch"), "7 123\n");
      expect(reload()).to.include({ disk: "lost", epoch: 0, log: null });
      rmSync(dir, { recursive: true });
      expect(reload()).to.include({ disk: "lost", epoch: 0, log: null });
    });

    it("stays lost after a new epoch, and is kept with a whole log", () => {
      rmSync(join(dir, "format.json"));
      open().writeEpoch(6);
      expect(reload()).to.include({ disk: "lost", epoch: 6, log: null });
      const storage = open();
      storage.load();
      storage.replaceLog(null, [batchOf(1, 1, 1)]);
      expect(reload()).to.deep.include({ disk: "kept", epoch: 6, entries: ["1=1/1"] });
    });

    it("is refused where it is another engine's", () => {
      expect(() => open({ engineId: 2 })).to.throw(/belongs to engine 1 of shard disk/);
    });

    it("is not formatted twice", () => {
      withLog([batchOf(1, 1, 2)]).writeEpoch(5);
      formatEngine(dir, identity);
      expect(reload()).to.include({ disk: "kept", epoch: 5 });
    });
  });

  describe("a restart of the machine", () => {
    const batches = [batchOf(1, 1, 2)];
    const newBoot = { bootId: "boot-2" };

    for (const fsync of ["interval", "never"] as const) {
      it(`loses a log that was written with fsync ${fsync}, and keeps the epoch`, () => {
        withLog(batches, { fsync }).writeEpoch(3);
        expect(reload({ fsync: "batch", ...newBoot })).to.include({ epoch: 3, log: null });
        expect(reload({ fsync: "batch", ...newBoot }).log).to.equal(null);
      });
    }

    it("keeps a log of which every batch was fsynced", () => {
      withLog(batches, { fsync: "batch" });
      expect(reload({ fsync: "never", ...newBoot }).entries).to.have.length(2);
    });

    it("keeps a log after a clean stop", async () => {
      await withLog(batches, { fsync: "interval" }).close();
      expect(reload({ fsync: "interval", ...newBoot }).entries).to.have.length(2);
    });

    it("after a clean stop and a start without one loses it", async () => {
      await withLog(batches).close();
      withLog([batchOf(1, 3, 1)]);
      expect(reload(newBoot).log).to.equal(null);
    });
  });

  describe("a checkpoint", () => {
    const batches = [batchOf(1, 1, 4), batchOf(2, 5, 4)];

    it("is the base of the log that is loaded", async () => {
      const storage = withLog(batches);
      storage.writeCheckpoint(snapshotAt(6, { 7: 8 }, 2));
      expect(storage.loadCheckpoint()).to.deep.equal(snapshotAt(6, { 7: 8 }, 2));
      await storage.close();
      const loaded = reload();
      expect(loaded.log?.base).to.deep.equal({ position: 6, epoch: 2, instance: "before" });
      expect(loaded.checkpoint).to.deep.equal(snapshotAt(6, { 7: 8 }, 2));
      expect(loaded.entries).to.deep.equal(["7=2/7", "8=2/8"]);
    });

    it("on its way counts in memory; on disk the one before does", async () => {
      const storage = withLog(batches);
      storage.writeCheckpoint(snapshotAt(6, {}, 2));
      expect(storage.loadCheckpoint()?.position).to.equal(6);
      expect(reload()).to.deep.include({ checkpoint: null });
      expect(reload().entries).to.have.length(8);
      await storage.close();
    });

    it("removes the one before it", async () => {
      const storage = withLog(batches);
      for (const position of [5, 6, 7]) storage.writeCheckpoint(snapshotAt(position, {}, 2));
      await storage.close();
      const names = readdirSync(dir).filter((name) => name.startsWith("checkpoint"));
      expect(names).to.deep.equal(["checkpoint-0000000000000007.bin"]);
    });

    it("that was never finished is none, and the newer of two counts", async () => {
      const storage = withLog(batches);
      storage.writeCheckpoint(snapshotAt(5, {}, 2));
      await storage.close();
      const five = readFileSync(join(dir, "checkpoint-0000000000000005.bin"));
      const again = open();
      again.load();
      again.writeCheckpoint(snapshotAt(7, {}, 2));
      await again.close();
      const seven = join(dir, "checkpoint-0000000000000007.bin");
      const bytes = readFileSync(seven);
      // Between the new one's rename and the old one's removal.
      writeFileSync(join(dir, "checkpoint-0000000000000005.bin"), five);
      expect(reload().checkpoint?.position).to.equal(7);
      // Between the new one's writing and its rename.
      rmSync(seven);
      writeFileSync(`${seven}.soon.tmp`, bytes.subarray(0, 30));
      expect(reload()).to.deep.include({ entries: ["6=2/6", "7=2/7", "8=2/8"] });
    });

    it("that is damaged makes the log lost", async () => {
      const storage = withLog(batches);
      storage.writeCheckpoint(snapshotAt(6, { 1: 1 }, 2));
      await storage.close();
      truncateSync(join(dir, "checkpoint-0000000000000006.bin"), 100);
      expect(reload()).to.include({ disk: "kept", log: null });
    });

    it("that the log does not lead up to replaces the log, at once", () => {
      const storage = withLog(batches);
      // Its entry at 7 is of another epoch than the snapshot's.
      storage.writeCheckpoint(snapshotAt(7, {}, 4));
      expect(reload()).to.deep.include({ entries: [] });
      const again = open();
      again.load();
      again.appendLog(batchOf(4, 8, 1));
      expect(reload().entries).to.deep.equal(["8=4/8"]);
    });
  });

  describe("the files of the log", () => {
    const large = (position: number) => batchOf(1, position, 4_000);

    it("throw where they cannot be written", () => {
      const storage = withLog([]);
      rmSync(join(dir, "log"), { recursive: true });
      expect(() => storage.appendLog(batchOf(1, 1, 1))).to.throw(/ENOENT/);
    });

    it("are deleted behind the checkpoint, beyond what is kept for audits", async function () {
      this.timeout(10_000);
      let storage = withLog([]);
      let position = 1;
      for (let run = 0; run < 3; run++) {
        for (let batch = 0; batch < 4; batch++, position += 4_000)
          storage.appendLog(large(position));
        // A file of its own each time, as after 64 MiB.
        (storage as unknown as { files: { roll(first: number): void } }).files.roll(position);
      }
      await storage.close();
      const before = logPaths().length;
      storage = open({ retainBytes: 300_000 });
      storage.load();
      storage.writeCheckpoint(snapshotAt(position - 10, {}, 1));
      await storage.close();
      expect(before).to.equal(4);
      // The one that the checkpoint stands in, the newest, and one behind them.
      expect(logPaths()).to.have.length(3);
      expect(reload().entries).to.have.length(9);
    });
  });

  describe("readJournal", () => {
    const journal = async (): Promise<string[]> => {
      const entries: string[] = [];
      for await (const { position, epoch, kind, data } of readJournal(dir)) {
        entries.push(`${position}=${Buffer.from(data)}:${epoch}:${kind}`);
      }
      return entries;
    };

    it("gives the whole log from its first entry, checkpoints or not, without what was cut", async () => {
      const storage = withLog([batchOf(1, 1, 4)]);
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
      const storage = withLog([batchOf(1, 1, 6)]);
      (storage as unknown as { files: { roll(first: number): void } }).files.roll(7);
      storage.appendLog(batchOf(1, 7, 2));
      storage.appendLog(batchOf(3, 3, 2));
      expect(await journal()).to.deep.equal([
        "1=1/1:1:command",
        "2=1/2:1:command",
        "3=3/3:3:command",
        "4=3/4:3:command",
      ]);
    });

    it("refuses a log that starts anew on a snapshot", async () => {
      withLog([batchOf(1, 1, 2)]).replaceLog(snapshotAt(9, {}), [batchOf(1, 10, 1)]);
      const fault = await journal().catch((error: unknown) => error);
      expect(fault).to.include({ code: "JOURNAL_DAMAGED" });
      expect(existsSync(join(dir, "log-lost"))).to.equal(false);
    });
  });
});
