// The loader that keeps stripped types: what runs must always be what is written.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "chai";

const loader = fileURLToPath(new URL("../../castle-loader.mjs", import.meta.url));

describe("Loader", function () {
  this.timeout(10_000);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "castle-test-"));
    writeFileSync(join(dir, "package.json"), '{"type":"module"}');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const write = (value: string) =>
    writeFileSync(
      join(dir, "main.ts"),
      `const value: string = "${value}";\nprocess.stdout.write(value);\n`,
    );
  const run = (cache = join(dir, "cache")) =>
    execFileSync(process.execPath, ["--import", pathToFileURL(loader).href, join(dir, "main.ts")], {
      encoding: "utf8",
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
      stdio: "pipe",
    });

  it("runs the same from its cache as without", () => {
    write("first");
    expect(run()).to.equal("first");
    expect(readdirSync(join(dir, "cache", "types"))).to.have.length(1);
    expect(run()).to.equal("first");
  });

  it("notices every change, also one that keeps the size", () => {
    write("first");
    run();
    write("other");
    expect(run()).to.equal("other");
  });

  it("runs where nothing can be kept", () => {
    write("first");
    writeFileSync(join(dir, "file"), "");
    expect(run(join(dir, "file"))).to.equal("first");
    expect(existsSync(join(dir, "file", "types"))).to.equal(false);
  });
});
