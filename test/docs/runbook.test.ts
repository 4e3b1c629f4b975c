import { assert } from "chai";
import { isTypedBy, missingLine, readRunbook } from "./runbook.ts";

const page = (...lines: readonly string[]) => lines.join("\n");

describe("Runbook", () => {
  it("reads commands, what they print, and what happens in between", () => {
    const { title, headings, alerts, steps } = readRunbook(
      page(
        "# Zone loss",
        "## Trigger",
        "`CastleAlone`, `castle status`",
        "<!-- test: zone a is lost -->",
        "```sh",
        "castle status",
        "castle failover",
        "```",
        "so that",
        "```text exit 3",
        "failover: refused",
        "```",
        "```sh terminal",
        "castle up",
        "```",
      ),
    );
    assert.equal(title, "Zone loss");
    assert.deepEqual([...headings], ["Trigger"]);
    assert.deepEqual([...alerts], ["CastleAlone"]);
    const command = { kind: "command", expected: [], exitCode: 0, isBackground: false };
    assert.deepEqual([...steps], [
      { kind: "happening", line: 4, what: "zone a is lost" },
      { ...command, line: 6, text: "castle status" },
      {
        ...{ ...command, line: 7, text: "castle failover" },
        ...{ expected: ["failover: refused"], exitCode: 3 },
      },
      { ...command, line: 14, text: "castle up", isBackground: true },
    ] as const);
  });

  it("reads the commands of the prose, and finds who types them", () => {
    const { mentions } = readRunbook(
      page(
        "# A",
        "```sh",
        "castle `up`",
        "```",
        "say `castle failover",
        "--approve ID`, `--force`",
      ),
    );
    assert.deepEqual([...mentions], [{ line: 5, text: "castle failover --approve ID" }]);
    const typed = "castle failover --config d.json --approve x-1";
    assert.isTrue(isTypedBy("castle failover --approve ID", typed));
    assert.isTrue(isTypedBy("castle failover", typed));
    assert.isFalse(isTypedBy("castle failover --approve ID --force", typed));
    assert.isFalse(isTypedBy("castle fail", typed));
    assert.isFalse(isTypedBy("castle --approve", typed));
    assert.isFalse(isTypedBy("castle failover --approve ID", "castle failover --approve"));
  });

  it("refuses a block without an end", () =>
    assert.throws(() => readRunbook("```sh\ncastle status"), "line 1"));

  const printed = "node   role\nengine-1   primary   yes\nengine-2  standby  no\n";
  const comparisons: readonly [why: string, expected: string[], missing: string | undefined][] = [
    ["lines in order, others between them", ["node role", "engine-2 standby no"], undefined],
    ["anything for a dot row", ["engine-1 … yes"], undefined],
    ["no half lines", ["engine-1 primary"], "engine-1 primary"],
    ["no other order", ["engine-2 standby no", "node role"], "node role"],
    ["no other word", ["engine-1 standby yes"], "engine-1 standby yes"],
    ["no pattern but the dot row", ["engine-1 .* yes"], "engine-1 .* yes"],
  ];
  for (const [why, expected, missing] of comparisons) {
    it(`compares what is printed: ${why}`, () =>
      assert.equal(missingLine(expected, printed), missing));
  }
});
