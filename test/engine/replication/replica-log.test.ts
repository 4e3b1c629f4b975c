import { expect } from "chai";
import fc from "fast-check";
import { buildBatch, type LogBatch, visitEntries } from "../../../engine/replication/log-batch.ts";
import {
  bytesOf,
  commonPosition,
  genesisBase,
  isMoreRecent,
  ReplicaLog,
} from "../../../engine/replication/replica-log.ts";

/** A log as its epochs, from position 1 on: each character is an epoch. */
function logOf(epochs: string): ReplicaLog {
  const log = new ReplicaLog(genesisBase);
  for (const [index, epoch] of [...epochs].entries())
    log.append(batchOf(Number(epoch), index + 1, 1));
  return log;
}

function batchOf(epoch: number, first: number, count: number): LogBatch {
  const entries = Array.from({ length: count }, (_, index) => ({
    kind: "command" as const,
    data: new Uint8Array([epoch, first + index]),
  }));
  return buildBatch(epoch, first, entries);
}

function epochsOf(log: ReplicaLog): string {
  let text = "";
  for (let position = 1; position <= log.lastPosition; position++) text += log.epochAt(position);
  return text;
}

/** The rule of appending, entry by entry, as docs/replication.md states it. */
function naiveWrite(held: string, first: number, batchEpochs: string): string {
  const epochs = [...held];
  for (const [index, epoch] of [...batchEpochs].entries()) {
    const at = first - 1 + index;
    if (epochs[at] === epoch) continue;
    epochs.length = at;
    epochs.push(epoch);
  }
  return epochs.join("");
}

describe("ReplicaLog", () => {
  const cases: [string, number, string, string][] = [
    // held, first, entries of the batch, afterwards: why
    ["11", 3, "11", "1111"], // continues the log
    ["1111", 2, "11", "1111"], // an old append that comes late cuts nothing
    ["1133", 3, "44", "1144"], // a newer primary's entries replace what conflicts
    ["113333", 3, "4", "114"], // everything behind the first conflict goes
    ["11", 1, "1111", "1111"], // overlaps and continues
  ];
  for (const [held, first, entries, after] of cases) {
    it(`makes ${after} of ${held} when ${entries} comes at ${first}`, () => {
      const log = logOf(held);
      const novel = log.novelPart(batchOf(Number(entries[0]), first, entries.length));
      if (novel !== null) {
        if (novel.first <= log.lastPosition) log.cutFrom(novel.first);
        log.append(novel);
      }
      expect(epochsOf(log)).to.equal(after);
      expect(naiveWrite(held, first, entries)).to.equal(after);
    });
  }

  it("reads back what was appended, from any position, after any cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 40 }),
        fc.nat({ max: 40 }),
        (sizes, cutAt, readAt) => {
          const log = new ReplicaLog(genesisBase);
          for (const size of sizes) log.append(batchOf(2, log.lastPosition + 1, size));
          const cut = 1 + (cutAt % log.lastPosition);
          log.cutFrom(cut);
          expect(log.lastPosition).to.equal(cut - 1);
          const from = 1 + (readAt % cut);
          const seen: number[] = [];
          for (const batch of log.read(from, log.lastPosition, 1_000_000)) {
            visitEntries(batch, 0, (position, _kind, data) => {
              expect(data[1]).to.equal(position);
              seen.push(position);
            });
          }
          const expected = Array.from({ length: cut - from }, (_, index) => from + index);
          expect(seen).to.deep.equal(expected);
        },
      ),
    );
  });

  it("forgets a Config entry that was cut, and keeps one that the base covers", () => {
    const log = logOf("1");
    log.append(buildBatch(1, 2, [{ kind: "config", data: bytesOf("first") }]));
    log.rebase({ position: 2, epoch: 1, instance: "first" });
    log.append(buildBatch(1, 3, [{ kind: "config", data: bytesOf("second") }]));
    expect(log.instance).to.equal("second");
    log.cutFrom(3);
    expect(log.instance).to.equal("first");
  });

  it("drops its own entries where a committed snapshot contradicts them", () => {
    const log = logOf("111");
    log.rebase({ position: 2, epoch: 3, instance: "" });
    expect(log.lastPosition).to.equal(2);
    expect(log.epochAt(2)).to.equal(3);
  });
});

describe("Recency of logs", () => {
  it("goes by the last epoch before the length", () => {
    const long = { lastEpoch: 3, lastPosition: 100 };
    const recent = { lastEpoch: 4, lastPosition: 5 };
    expect(isMoreRecent(recent, long)).to.equal(true);
    expect(isMoreRecent(long, recent)).to.equal(false);
    expect(isMoreRecent(long, long)).to.equal(false);
  });

  it("finds the last position at which two logs agree", () => {
    const cases: [string, string, number][] = [
      ["1122", "1122", 4],
      ["1122", "1133", 2],
      ["11", "1133", 2],
      ["2244", "1133", 0],
      ["113355", "1133446", 4],
    ];
    for (const [own, other, common] of cases) {
      const found = commonPosition(logOf(own), {
        runs: logOf(other).runs(),
        lastPosition: other.length,
      });
      expect(found, `${own} and ${other}`).to.equal(common);
    }
  });
});
