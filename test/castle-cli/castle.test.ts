// The command line as a user meets it: one line for what is wrong, exit code 2, one JSON object.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const program = fileURLToPath(new URL("../../castle.ts", import.meta.url));

function castle(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("castle", function () {
  // Each test starts a process or two.
  this.timeout(10_000);
  const nowhere = mkdtempSync(join(tmpdir(), "castle-test-"));
  after(() => rmSync(nowhere, { recursive: true, force: true }));

  const refusals: readonly (readonly [string, readonly string[], string])[] = [
    ["an unknown command", ["levitate"], "USAGE"],
    ["an unknown option", ["up", "--sideways"], "USAGE"],
    ["an option without its value", ["status", "--data"], "OPTION_INVALID"],
    ["zones that do not exist", ["up", "--zones", "mars"], "OPTION_INVALID"],
    ["a port that is none", ["up", "--port-base", "many"], "OPTION_INVALID"],
    ["an address that is none", ["up", "--redis-url", "localhost"], "OPTION_INVALID"],
    ["a Redis that is gone", ["up", "--redis-url", "redis://127.0.0.1:1"], "REDIS_UNREACHABLE"],
    [
      "a PostgreSQL that is gone",
      ["up", "--redis-url", "redis://127.0.0.1:1", "--postgres-url", "postgres://127.0.0.1:1/x"],
      "REDIS_UNREACHABLE",
    ],
    ["no exchange to show", ["status"], "NOT_RUNNING"],
  ];
  for (const [what, args, code] of refusals) {
    it(`answers ${what} with one line and exit code 2`, () => {
      const where = args[0] === "levitate" || args.at(-1) === "--data" ? [] : ["--data", nowhere];
      const { status, stdout, stderr } = castle(...args, ...where, "--json");
      expect(status).to.equal(2);
      expect(stderr.trim().split("\n")).to.have.length(1);
      expect(stderr).to.match(/^error: /);
      expect(JSON.parse(stdout).error.code).to.equal(code);
    });
  }

  it("is content where there is nothing to stop", () => {
    const { status, stdout } = castle("down", "--data", nowhere, "--json");
    expect(status).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ wasRunning: false, dataDir: nowhere });
  });

  for (const verb of ["up", "status", "down", "test"]) {
    it(`explains ${verb}`, () => {
      const { status, stdout } = castle(verb, "--help");
      expect(status).to.equal(0);
      expect(stdout).to.contain(`Usage: castle ${verb}`).and.to.contain("--json");
      expect(JSON.parse(castle(verb, "--help", "--json").stdout).help).to.equal(stdout);
    });
  }

  it("shows its commands, on stderr, where none is given", () => {
    const { status, stdout, stderr } = castle();
    expect(status).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.contain("Usage: castle");
  });
});
