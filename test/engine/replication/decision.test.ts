// Every transition has its row in docs/replication.md, and no row is of a transition that there is not.

import { readFileSync } from "node:fs";
import { expect } from "chai";
import { decisionCodes } from "../../../engine/replication/decision.ts";

describe("Decision codes", () => {
  it("are those of the page on replication", () => {
    const page = readFileSync(new URL("../../../docs/replication.md", import.meta.url), "utf8");
    const table = page.slice(page.indexOf("| code | from |"), page.indexOf("## Why nothing"));
    const named = table
      .split("\n")
      .map((row) => row.split("|")[1] ?? "")
      .flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code as string));
    expect(named.sort()).to.deep.equal([...decisionCodes].sort());
  });
});
