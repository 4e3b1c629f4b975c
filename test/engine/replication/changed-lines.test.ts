// Which lines may differ from a snapshot: too many may be named, never too few, and naming them stays cheap
// however long Redis takes no snapshot.

import { expect } from "chai";
import fc from "fast-check";
import { ChangedLines } from "../../../engine/replication/changed-lines.ts";

const linesOfState = 40;
const writes = fc.uniqueArray(fc.nat(linesOfState - 1), { minLength: 1, maxLength: 6 });
const step = fc.oneof(
  { weight: 400, arbitrary: fc.record({ kind: fc.constant("mark" as const), lines: writes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const), back: fc.nat(300) }) },
);

describe("ChangedLines", function () {
  this.timeout(60_000);

  it("names every line written since a position, ascending, as long as it knows the position", () => {
    const script = fc.array(step, { minLength: 300, maxLength: 700, size: "max" });
    const check = fc.property(script, fc.nat(700), (steps, back) => {
      const changed = new ChangedLines(0);
      const marks: number[][] = [];
      let forgotten = 0;
      for (const one of steps) {
        if (one.kind === "mark") {
          marks.push(one.lines);
          changed.record(marks.length, Uint32Array.from(one.lines).sort());
        } else {
          forgotten = Math.max(forgotten, marks.length - one.back);
          changed.forget(marks.length - one.back);
        }
      }
      const position = Math.max(0, marks.length - back);
      const named = changed.since(position);
      if (position >= forgotten) expect(named).to.not.equal(null);
      if (named === null) return;
      const ascending = [...new Set(named)].sort((a, b) => a - b);
      expect([...named]).to.deep.equal(ascending);
      expect(ascending).to.include.members(marks.slice(position).flat());
    });
    fc.assert(check, { numRuns: 100, endOnFailure: true });
  });

  it("keeps what a mark costs far below the whole, with no snapshot for long", () => {
    const changed = new ChangedLines(0);
    const marks = 4_000;
    const linesPerMark = 8;
    let touched = 0;
    const setAdd = Set.prototype.add;
    // What a merge does for each line is to add it to a set.
    Set.prototype.add = function (value) {
      touched++;
      return setAdd.call(this, value);
    };
    try {
      for (let mark = 1; mark <= marks; mark++) {
        const first = mark * linesPerMark;
        const lines = Uint32Array.from({ length: linesPerMark }, (_, at) => first + at);
        changed.record(mark, lines);
      }
    } finally {
      Set.prototype.add = setAdd;
    }
    // By merging the two oldest it would be half of all lines at each mark: 16,000.
    expect(touched / marks).to.be.below(linesPerMark * 8);
    expect(changed.since(0)).to.have.lengthOf(marks * linesPerMark);
  });
});
