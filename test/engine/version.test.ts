import { readFileSync } from "node:fs";
import { expect } from "chai";
import { castleVersion } from "../../engine/version.ts";

describe("Version", () => {
  it("is that of the package", () => {
    const file = new URL("../../package.json", import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8")).version).to.equal(castleVersion);
  });
});
