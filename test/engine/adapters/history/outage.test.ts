import { expect } from "chai";
import { isPassing, pauseMs } from "../../../../engine/adapters/history/outage.ts";
import { CastleError } from "../../../../engine/errors.ts";

const coded = (code: string, message = ""): Error => Object.assign(new Error(message), { code });

const cases: readonly (readonly [what: string, error: unknown, passes: boolean])[] = [
  ["a server that shuts down", coded("57P01"), true],
  ["a server that starts", coded("57P03"), true],
  ["a statement that took too long", coded("57014"), true],
  ["a replica not yet promoted", coded("25006"), true],
  ["a deadlock", coded("40P01"), true],
  ["a full disk", coded("53100"), true],
  ["a refused connection", coded("ECONNREFUSED"), true],
  ["a reset connection", coded("ECONNRESET"), true],
  ["a lost connection, as pg reports it", new Error("Connection terminated unexpectedly"), true],
  ["all addresses refused", new AggregateError([coded("ECONNREFUSED"), coded("ETIMEDOUT")]), true],
  ["a violated constraint", coded("23505"), false],
  ["a missing table", coded("42P01"), false],
  ["a wrong password", coded("28P01"), false],
  ["a bug", new TypeError("undefined is not a function"), false],
  ["an error of our own", new CastleError("HISTORY_SUPERSEDED", "another writer"), false],
  ["no error at all", "text", false],
];

describe("Outage", () => {
  for (const [what, error, passes] of cases) {
    it(`${passes ? "waits for" : "does not wait for"} ${what}`, () => {
      expect(isPassing(error)).to.equal(passes);
    });
  }

  it("pauses longer each time, up to a second", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1000].map(pauseMs)).to.deep.equal([
      20, 40, 80, 160, 320, 640, 1000, 1000, 1000,
    ]);
  });
});
