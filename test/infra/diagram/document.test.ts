// The committed diagrams show what the program deploys.

import { readFileSync } from "node:fs";
import { expect } from "chai";
import { documentFile, topologyDocument } from "../../../infra/diagram/document.ts";

describe("docs/topology.md", function () {
  this.timeout(120_000);

  it("is what the program deploys; npm run docs:topology writes it anew", async () => {
    const isFresh = readFileSync(documentFile, "utf8") === (await topologyDocument());
    expect(isFresh, "run npm run docs:topology").to.equal(true);
  });
});
