// What can be read as an operator's request, and what cannot.

import { expect } from "chai";
import { adminRequests } from "../../engine/admin.ts";

const who = { by: "test", reason: "a test" };

describe("Operators' requests", () => {
  const words: readonly [word: object, isOne: boolean][] = [
    [{ role: "active", term: 3 }, true],
    [{ role: "dr", term: 3 }, true],
    [{ role: "active", term: 3, sinceTerm: 1 }, true],
    [{ role: "active", term: 3, sinceTerm: 3 }, true],
    [{ role: "active", term: 3, sinceTerm: 4 }, false],
    [{ role: "active", term: 3, sinceTerm: 0 }, false],
    [{ role: "active", term: 3, sinceTerm: 1.5 }, false],
    [{ role: "active", sinceTerm: 1 }, false],
    [{ role: "dr", term: 3, sinceTerm: 1 }, true],
    [{ role: "active", term: 3, since: 1 }, false],
  ];
  for (const [word, isOne] of words) {
    it(`${isOne ? "tell" : "do not tell"} who leads with ${JSON.stringify(word)}`, () => {
      expect(adminRequests.region.safeParse({ ...who, ...word }).success).to.equal(isOne);
    });
  }
});
