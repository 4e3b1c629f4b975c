// Every stack and every seed's configuration: registered whole, and without a fault.

import { expect } from "chai";
import { check } from "../../infra/check.ts";
import { exampleNames, stackNames } from "../../infra/stack-file.ts";

/** Of a region: network, engines, stores, doors, services and watch of all three zones. */
const regionResourcesMin = 250;

describe("Stacks", function () {
  this.timeout(60_000);

  it("are global, prod and dr, and an example for each seed", () => {
    expect(stackNames()).to.have.members(["global", "prod", "dr"]);
    expect(exampleNames()).to.have.length(5);
  });

  for (const name of [...stackNames(), ...exampleNames()]) {
    it(`${name} has no fault`, async () => {
      const { faults, resources } = await check(name);
      expect(faults).to.deep.equal([]);
      expect(resources).to.be.at.least(name === "global" ? 1 : regionResourcesMin);
    });
  }
});
