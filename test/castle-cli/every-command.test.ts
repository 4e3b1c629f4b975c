// What every command takes and tells, on the tree of their declarations.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { registerInspection, registerOperations } from "../../failover/operations-cli.ts";
import { helpOf, type Leaf, leavesOf, registers } from "./command-tree.ts";

const program = fileURLToPath(new URL("../../castle.ts", import.meta.url));

const has = ({ command }: Leaf, option: string): boolean =>
  command.options.some(({ long }) => long === option);

const lacking = (leaves: readonly Leaf[], option: string): string[] =>
  leaves.filter((leaf) => !has(leaf, option)).map(({ path }) => path);

const leaves = leavesOf(...registers);
const operations = leavesOf(registerOperations);

describe("Every command", () => {
  it("is in this tree", function () {
    // A process.
    this.timeout(10_000);
    const { stdout } = spawnSync(process.execPath, [program, "--help"], { encoding: "utf8" });
    const listed = [...stdout.matchAll(/^ {2}(\w+)(?: \[?[^ ]+)* {2,}/gm)].map(([, name]) => name);
    const known = new Set(leaves.map(({ path }) => path.split(" ")[0]));
    expect(listed.filter((name) => name !== "help").sort()).to.deep.equal([...known].sort());
  });

  it("takes --json", () => expect(lacking(leaves, "--json")).to.deep.equal([]));

  it("explains itself and each of its options", () => {
    for (const leaf of leaves) {
      expect(leaf.command.description(), leaf.path).not.to.equal("");
      for (const { long, description } of leaf.command.options) {
        expect(description, `${leaf.path} ${long}`).not.to.equal("");
      }
      expect(helpOf(leaf)).to.contain(`Usage: castle ${leaf.path}`).and.to.contain("--json");
    }
  });

  it("takes --dry-run where it acts, and tells its exit codes", () => {
    const acting = [...operations, ...leavesOf(registerInspection).filter(isReconcile)];
    expect(lacking(acting, "--dry-run")).to.deep.equal([]);
    for (const leaf of acting) expect(helpOf(leaf), leaf.path).to.contain("Exit codes:");
  });

  it("is a plan that can be resumed and given up, where it is an operation on an exchange", () => {
    for (const option of ["--yes", "--reason", "--by", "--resume", "--abandon", "--config"]) {
      // It makes a directory, on a machine that knows no exchange yet.
      expect(lacking(operations, option)).to.deep.equal(["member seat"]);
    }
  });
});

const isReconcile = ({ path }: Leaf): boolean => path === "reconcile";
