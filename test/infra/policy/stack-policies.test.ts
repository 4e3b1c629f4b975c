// The rules as Pulumi's engine calls them.

import type { PolicyResource, StackValidationArgs } from "@pulumi/policy";
import { expect } from "chai";
import { stackPolicies } from "../../../infra/policy-pack/stack-policies.ts";

const resource = (type: string, props: Record<string, unknown>, protect = false) =>
  ({
    type,
    name: "trades",
    urn: `urn:${type}`,
    props,
    opts: { protect, ignoreChanges: [] },
  }) as unknown as PolicyResource;

const run = async (name: string, resources: readonly PolicyResource[]): Promise<string[]> => {
  const policy = stackPolicies("prod").find((one) => one.name === name);
  if (policy === undefined) throw new Error(`no policy ${name}`);
  const said: string[] = [];
  const args = { resources } as unknown as StackValidationArgs;
  await policy.validateStack(args, (message, urn) => void said.push(`${urn}: ${message}`));
  return said;
};

describe("Policy pack", () => {
  it("reports a violation with the resource's URN and the reason", async () => {
    const [first, ...others] = await run("key-rotates", [resource("aws:kms/key:Key", {})]);
    expect(first).to.match(/^urn:aws:kms\/key:Key: trades: set enableKeyRotation \(a key/);
    expect(others).to.deep.equal([]);
  });

  it("sees options such as protection", async () => {
    const bucket = "aws:s3/bucket:Bucket";
    expect(await run("stateful-protected", [resource(bucket, {}, true)])).to.deep.equal([]);
    expect(await run("stateful-protected", [resource(bucket, {})])).to.have.length(1);
  });

  it("is mandatory, and leaves out what a failover may have changed", () => {
    const policies = stackPolicies("dr");
    expect(policies.every(({ enforcementLevel }) => enforcementLevel === "mandatory")).to.equal(
      true,
    );
    expect(policies.map(({ name }) => name)).to.not.include("standby-weight-zero");
  });
});
