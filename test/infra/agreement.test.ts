// What is said by the global stack and by a region: a difference ends the preview with one error that names each
// field, and a region whose database stands alone is told of no global one.

import { assert } from "chai";
import { type Capture, capture } from "../../infra/capture/capture.ts";
import { deploy } from "../../infra/deploy.ts";
import { InfraError } from "../../infra/errors.ts";
import { at } from "../../infra/policy/rule.ts";
import { rehearse } from "../../infra/rehearsal.ts";
import { readStackFile } from "../../infra/stack-file.ts";

type Sections = Readonly<Record<string, object>>;

/** A stack's configuration with fields of sections changed. */
function changed(stack: string, sections: Sections): Readonly<Record<string, string>> {
  const values = { ...readStackFile(stack).values };
  for (const [section, fields] of Object.entries(sections)) {
    const key = `castle:${section}`;
    values[key] = JSON.stringify({ ...JSON.parse(values[key] ?? "{}"), ...fields });
  }
  return values;
}

describe("A region and the global stack that it reads", function () {
  // Programs under mocks.
  this.timeout(120_000);
  const globalOutputs = new Map<string, Capture["outputs"]>();

  /** Outputs of the global stack, with fields of its own section changed. */
  async function globalWith(fields: object): Promise<Capture["outputs"]> {
    const key = JSON.stringify(fields);
    const known = globalOutputs.get(key);
    if (known !== undefined) return known;
    const values = changed("global", { global: fields });
    const { outputs } = await rehearse({ name: "global", values });
    globalOutputs.set(key, outputs);
    return outputs;
  }

  async function region(
    stack: "prod" | "dr",
    sections: Sections,
    stackOutputs: Readonly<Record<string, Capture["outputs"]>>,
  ): Promise<Capture> {
    const values = changed(stack, sections);
    return capture({
      stack,
      config: values,
      stackOutputs,
      build: () => deploy(values, stack),
    });
  }

  const rows: readonly [what: string, global: object, prod: Sections, says: readonly string[]][] = [
    [
      "a global database that the region alone expects",
      { hasGlobalDatabase: false },
      {},
      ["castle:database.isGlobal is true", "castle:global.hasGlobalDatabase false"],
    ],
    [
      "a global database that the region does not join",
      {},
      { database: { isGlobal: false } },
      ["castle:database.isGlobal is false", "castle:global.hasGlobalDatabase true"],
    ],
    [
      "two engine versions",
      { databaseEngineVersion: "16.10" },
      {},
      ["castle:database.engineVersion is 17.7", "castle:global.databaseEngineVersion 16.10"],
    ],
    [
      "a wallet without its table, and another difference with it",
      { hasWallet: false, hasAccelerator: false },
      {},
      [
        "castle:place.hasAccelerator is true",
        "castle:tables.hasWallet is true",
        "castle:global.hasWallet false",
      ],
    ],
  ];
  for (const [what, global, prod, says] of rows) {
    it(`are refused with ${what}, by one error`, async () => {
      const outputs = { "organization/castle/global": await globalWith(global) };
      const { violations } = await region("prod", prod, outputs);
      const causes = violations.map(({ cause }) => cause);
      const [error] = causes;
      assert.lengthOf(causes, 1, violations.map(({ message }) => message).join("; "));
      assert.instanceOf(error, InfraError);
      assert.equal(error.code, "STACKS_DISAGREE");
      for (const text of says) assert.include(error.message, text);
    });
  }

  it("agree on an engine version that no database of this region has", async () => {
    const outputs = {
      "organization/castle/global": await globalWith({ hasGlobalDatabase: false }),
    };
    const { violations } = await region("prod", { database: { kind: "rds-multi-az" } }, outputs);
    assert.isEmpty(violations);
  });

  it("have a database each where both say so: dr's has a master of its own, and no failover moves it", async () => {
    const database = { isGlobal: false };
    const global = await globalWith({ hasGlobalDatabase: false });
    const stackOutputs: Record<string, Capture["outputs"]> = {
      "organization/castle/global": global,
    };
    const prod = await region("prod", { database }, stackOutputs);
    assert.isEmpty(prod.violations);
    stackOutputs["organization/castle/prod"] = prod.outputs;
    const dr = await region("dr", { database }, stackOutputs);
    assert.isEmpty(dr.violations);
    const cluster = dr.resources.find(({ type }) => type === "aws:rds/cluster:Cluster");
    assert.equal(cluster?.inputs.masterUsername, "castle");
    assert.notProperty(cluster?.inputs, "globalClusterIdentifier");
    const policy = dr.resources.find(({ name }) => name === "controller-task-policy");
    assert.notMatch(String(policy?.inputs.policy), /rds:/);
    const file = JSON.parse(String(dr.outputs.operatorFile));
    assert.isUndefined(at(file, "database"));
  });
});
