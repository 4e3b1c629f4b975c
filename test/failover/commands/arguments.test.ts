// Every wrong input: one line on stderr, exit code 2, a stable code. No exchange runs here.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { castle } from "./castle-process.ts";

describe("Wrong input to operations", function () {
  // A process each.
  this.timeout(20_000);
  const nowhere = mkdtempSync(join(tmpdir(), "castle-test-"));
  const broken = join(nowhere, "broken.json");
  writeFileSync(broken, '{"shard": "demo", "regions": []}');
  after(() => rmSync(nowhere, { recursive: true, force: true }));

  const rows: readonly [string, readonly string[], string][] = [
    ["no exchange to switch over", ["switchover"], "NOT_RUNNING"],
    ["no exchange to look at", ["doctor"], "NOT_RUNNING"],
    ["a file that is not there", ["pause", "--config", "/nowhere.json"], "CONFIG_INVALID"],
    ["a file that does not fit", ["pause", "--config", broken], "CONFIG_INVALID"],
    ["an unknown option", ["switchover", "--sideways"], "USAGE"],
    ["an option without its value", ["switchover", "--to"], "USAGE"],
    ["a value that is an option", ["switchover", "--to", "--json"], "OPTION_INVALID"],
    [
      "an engine and a region",
      ["switchover", "--to", "engine-1", "--region", "dr"],
      "OPTION_INVALID",
    ],
    ["force without a reason", ["failover", "--force"], "OPTION_INVALID"],
    ["a fence of nothing", ["fence"], "OPTION_INVALID"],
    ["a replacement of nothing", ["member", "replace"], "OPTION_INVALID"],
    ["a zone that is not named", ["zone", "leave"], "OPTION_INVALID"],
    ["a shift of four days", ["zone", "leave", "a", "--hours", "96"], "OPTION_INVALID"],
    ["a symbol and all", ["reopen", "BTCUSDT", "--all", "--status", "halt"], "OPTION_INVALID"],
    ["no symbol", ["reopen", "--status", "halt"], "OPTION_INVALID"],
    ["a status that is none", ["reopen", "--all", "--status", "open"], "OPTION_INVALID"],
    ["no status", ["reopen", "--all"], "OPTION_INVALID"],
    ["an operation that is none", ["preflight", "levitation"], "OPTION_INVALID"],
    ["a time that is none", ["history", "--since", "lately"], "OPTION_INVALID"],
    ["a continuation of nothing", ["switchover", "--abandon", "x"], "NOT_RUNNING"],
  ];
  for (const [name, args, code] of rows) {
    it(`answers ${name} with one line`, async () => {
      const place = args.includes("--config") ? [] : ["--data", nowhere];
      const [verb = "", ...rest] = args;
      // A value that is missing must be missing at the end.
      const words = code === "USAGE" ? [verb, ...place, ...rest] : [...args, ...place];
      const { exitCode, stderr } = await castle(words);
      expect(exitCode, stderr).to.equal(2);
      // What the parser itself refuses has no code of ours.
      expect(stderr).to.contain(code === "USAGE" ? "(see --help)" : `(${code})`);
      expect(stderr.trim().split("\n")).to.have.length(1);
    });
  }
});
