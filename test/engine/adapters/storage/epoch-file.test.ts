// The epoch on the disk: what was written last is read, whatever a crash cut off or the disk lost of one slot.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect } from "chai";
import { EpochFile } from "../../../../engine/adapters/storage/epoch-file.ts";

const sectorBytes = 4096;
const sectors = 4;

describe("The epoch file", () => {
  let dir: string;
  let path: string;
  let file: EpochFile;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "castle-epoch-"));
    path = join(dir, "epoch");
    file = new EpochFile(dir);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const spoil = (bytes: Buffer, sector: number): Buffer => {
    const spoiled = Buffer.from(bytes);
    spoiled.fill(0xff, sector * sectorBytes, (sector + 1) * sectorBytes);
    return spoiled;
  };

  it("says the epoch written last, and keeps its size", () => {
    expect(file.read()).to.equal(null);
    for (const epoch of [0, 3, 4, 9, 1_000_007]) {
      file.write(epoch);
      expect(file.read()).to.equal(epoch);
      expect(new EpochFile(dir).read()).to.equal(epoch);
      expect(readFileSync(path)).to.have.lengthOf(sectors * sectorBytes);
    }
  });

  it("says the epoch before, or the new one, where a crash cut the write off", () => {
    for (const [before, next] of [
      [5, 6],
      [6, 9],
    ] as const) {
      file.write(before - 1);
      file.write(before);
      const old = readFileSync(path);
      file.write(next);
      const whole = readFileSync(path);
      for (let cutAt = 0; cutAt <= whole.length; cutAt += 512) {
        // Blocks reach the disk in any order: the first part of the new ones, or the last.
        const first = Buffer.concat([whole.subarray(0, cutAt), old.subarray(cutAt)]);
        const last = Buffer.concat([old.subarray(0, cutAt), whole.subarray(cutAt)]);
        for (const bytes of [first, last]) {
          writeFileSync(path, bytes);
          expect(file.read()).to.be.oneOf([before, next]);
        }
      }
      for (let sector = 0; sector < sectors; sector++) {
        writeFileSync(path, spoil(old, sector));
        file.write(next);
        expect(file.read()).to.equal(next);
      }
    }
  });

  it("still says the newest where any one sector is lost later", () => {
    for (const epochs of [
      [7, 8],
      [7, 8, 9],
    ]) {
      for (const epoch of epochs) file.write(epoch);
      const bytes = readFileSync(path);
      for (let sector = 0; sector < sectors; sector++) {
        writeFileSync(path, spoil(bytes, sector));
        expect(file.read()).to.equal(epochs.at(-1));
      }
      rmSync(path);
    }
  });

  it("cannot be trusted where both slots are lost", () => {
    file.write(3);
    writeFileSync(path, Buffer.alloc(sectors * sectorBytes));
    expect(file.read()).to.equal(null);
    writeFileSync(path, "");
    expect(file.read()).to.equal(null);
  });

  it("reads what an earlier version wrote, and goes on from it", () => {
    writeFileSync(path, `12 ${crc32("12")}\n`);
    expect(file.read()).to.equal(12);
    file.write(13);
    expect(file.read()).to.equal(13);
  });
});
