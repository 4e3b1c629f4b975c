// What a stack reads of another one that is not there yet, or not whole: one error, which says what to do.

import { assert } from "chai";
import { capture } from "../../infra/capture/capture.ts";
import { deploy } from "../../infra/deploy.ts";
import { InfraError } from "../../infra/errors.ts";
import { readStackFile } from "../../infra/stack-file.ts";

describe("Stacks that read others", function () {
  this.timeout(30_000);
  const { name, values } = readStackFile("prod");

  const faultsWith = async (outputs: Readonly<Record<string, unknown>>) => {
    const stackOutputs = { "organization/castle/global": outputs };
    const build = () => deploy(values, name);
    const { resources, violations } = await capture({
      stack: name,
      config: values,
      stackOutputs,
      build,
    });
    return { resources, causes: violations.map(({ cause }) => cause) };
  };

  for (const [what, outputs, missing] of [
    ["was never deployed", {}, "accountId"],
    ["was deployed by an older program", { accountId: "123456789012" }, "dataKeyArns"],
  ] as const) {
    it(`names the stack to deploy where it ${what}`, async () => {
      const { resources, causes } = await faultsWith(outputs);
      const [error] = causes;
      assert.lengthOf(causes, 1);
      assert.instanceOf(error, InfraError);
      assert.equal(error.code, "STACK_NOT_DEPLOYED");
      assert.include(error.message, `organization/castle/global has no output ${missing}`);
      assert.include(error.message, "up --stack global");
      assert.isEmpty(resources.filter(({ type }) => type.startsWith("aws:")));
    });
  }

  it("says that there is no such stack", async () => {
    const { violations } = await capture({
      stack: name,
      config: values,
      build: () => deploy(values, name),
    });
    assert.match(violations[0]?.message ?? "", /unknown stack "organization\/castle\/global"/);
  });
});
