// prod and dr are one program with other values: what differs beyond place is in this list, with its reason.

import { expect } from "chai";
import { differences, type PlaceWords } from "../../infra/parity.ts";
import { rehearse } from "../../infra/rehearsal.ts";

const prodWords: PlaceWords = [
  ["us-east-1", "region"],
  ["us-west-2", "peer region"],
  ["use1-az1", "zone a"],
  ["use1-az2", "zone b"],
  ["use1-az4", "zone c"],
  ["10.16.", "network "],
  ["10.32.", "peer network "],
];
const drWords: PlaceWords = [
  ["us-west-2", "region"],
  ["us-east-1", "peer region"],
  ["usw2-az1", "zone a"],
  ["usw2-az2", "zone b"],
  ["usw2-az3", "zone c"],
  ["10.32.", "network "],
  ["10.16.", "peer network "],
];

/** What may differ, by where it is. */
const declared: readonly (readonly [where: RegExp, why: string])[] = [];

describe("prod and dr", function () {
  this.timeout(60_000);

  it("differ in what is declared only, and every declared difference is there", async () => {
    const [prod, dr] = [await rehearse("prod"), await rehearse("dr")];
    const found = differences(prod.resources, dr.resources, { one: prodWords, other: drWords });
    const surprising = found.filter(({ where }) => !declared.some(([known]) => known.test(where)));
    expect(surprising).to.deep.equal([]);
    const idle = declared.filter(([known]) => !found.some(({ where }) => known.test(where)));
    expect(idle.map(([, why]) => why)).to.deep.equal([]);
  });
});
