// docs/deploy.md, word for word: its commands run in a clean checkout by Pulumi's own command line against the
// stand-in for AWS. Engine, program, policies and provider are processes of their own here, as they are in
// a deployment. Steps build on each other, as a deployment's do.

import { join } from "node:path";
import { assert } from "chai";
import { loadDeployment } from "../../failover/deployment.ts";
import { Checkout, type Ended, onPath } from "./standin/checkout.ts";
import type { CloudResource } from "./standin/cloud.ts";
import { commandsUnder } from "./standin/page.ts";
import { protectionOf } from "./standin/refusals.ts";

const stacks = ["global", "prod", "dr"] as const;
const endpointGroup = "aws:globalaccelerator/endpointGroup:EndpointGroup";
const healthCheck = "aws:route53/healthCheck:HealthCheck";
const record = "aws:route53/record:Record";
const vpc = "aws:ec2/vpc:Vpc";
const databaseTypes = /^aws:rds\/(cluster|instance|clusterInstance):/;

const weightsOf = ({ inputs }: CloudResource): unknown[] =>
  (inputs.endpointConfigurations as { weight: number }[]).map(({ weight }) => weight);
const policiesOf = ({ inputs }: CloudResource): unknown => inputs.failoverRoutingPolicies;

describe("Pulumi's command line, as docs/deploy.md has it", function () {
  // Every command starts the engine, the program and the provider; the largest stack has 300 resources.
  this.timeout(1_200_000);
  this.slow(600_000);
  // Each step leaves something behind: a second try would be another step.
  this.retries(0);
  let checkout: Checkout;
  const figures: string[] = [];

  const pulumi = (args: string): string => `npm run --silent pulumi -- ${args}`;
  const noted = (command: string, { seconds, text }: Ended): string => {
    const [, summary = ""] = /Resources:\n((?: {4}.*\n)+)/.exec(text) ?? [];
    const counts = summary.trim().replaceAll(/\s*\n\s*/g, ", ");
    figures.push(`${seconds.toFixed(1).padStart(6)} s  ${command}  ${counts}`);
    return text;
  };
  const succeed = async (command: string): Promise<string> =>
    noted(command, await checkout.succeed(command));
  const fail = async (command: string): Promise<string> => {
    const ended = await checkout.run(command);
    assert.notEqual(ended.code, 0, `${command} succeeded:\n${ended.text}`);
    return noted(command, ended);
  };
  /** The page's commands under a heading, without those that need AWS itself or a network. */
  const commandsOf = (heading: string): string[] => {
    const commands = commandsUnder(checkout.read("docs/deploy.md"), heading);
    const run = commands.filter((command) => command.startsWith("npm run "));
    assert.isNotEmpty(run, `docs/deploy.md has no commands under ${heading}`);
    return run;
  };
  const follow = async (heading: string): Promise<void> => {
    for (const command of commandsOf(heading)) await succeed(command);
  };
  const endpointOf = (stack: "prod" | "dr") =>
    checkout.cloud.one(stack, endpointGroup, "orders-endpoint-group");

  before(async function () {
    if (onPath("pulumi") === undefined) {
      process.stdout.write("    skipped: no pulumi on the PATH\n");
      this.skip();
    }
    checkout = new Checkout();
    await checkout.succeed(`pulumi login '${checkout.stateUrl}'`);
    for (const stack of stacks) await checkout.succeed(pulumi(`stack init ${stack}`));
  });
  after(async () => {
    for (const line of figures) process.stdout.write(`    ${line}\n`);
    const left = await checkout?.endAll();
    checkout?.remove();
    assert.isEmpty(left ?? [], "processes were left behind");
  });

  it("refuses a region before what it reads is there, by one error", async () => {
    await succeed("npm run build");
    const text = await fail(pulumi("up --stack prod"));
    assert.match(text, /organization\/castle\/global has no output/);
    assert.lengthOf(text.match(/^ {4}error: /gm) ?? [], 1, text);
    assert.isEmpty(checkout.cloud.all());
  });

  it("previews without making anything", async () => {
    const text = await succeed(pulumi("preview --stack global"));
    assert.match(text, /\+ \d+ to create/);
    assert.isEmpty(checkout.cloud.all());
  });

  it("refuses a wrong configuration by one error that names the field", async () => {
    checkout.edit("Pulumi.global.yaml", "domain: castle.example", "domain: castle example");
    const text = await fail(pulumi("preview --stack global"));
    checkout.edit("Pulumi.global.yaml", "domain: castle example", "domain: castle.example");
    assert.match(text, /castle:site\.domain/);
  });

  it("goes on after AWS has refused one resource", async () => {
    checkout.cloud.refuseNext("register-table");
    const text = await fail(pulumi("up --stack global"));
    assert.include(text, "ServiceUnavailable");
    assert.isNotEmpty(checkout.cloud.of("global"));
    assert.isEmpty(checkout.cloud.all().filter(({ urn }) => urn.endsWith("::register-table")));
  });

  it("deploys global, prod and dr, with the policies", async () => {
    await follow("Order");
    for (const stack of stacks) assert.isNotEmpty(checkout.cloud.of(stack));
  });

  it("finds nothing to do the second time", async () => {
    for (const stack of stacks) {
      const text = await succeed(pulumi(`up --stack ${stack} --expect-no-changes`));
      // Nor in the preview before it, which the option does not ask about.
      assert.notMatch(text, /\d+ to (create|update|delete|replace)/);
    }
  });

  it("hands on what one stack tells another", () => {
    const [network] = checkout.cloud.of("prod").filter(({ type }) => type === vpc);
    const [listener] = checkout.cloud.of("global").filter(({ type }) => /:Listener$/.test(type));
    const link = checkout.cloud
      .of("dr")
      .find(({ type }) => type === "aws:ec2/vpcPeeringConnection:VpcPeeringConnection");
    assert.equal(link?.inputs.peerVpcId, network?.id);
    assert.equal(endpointOf("dr").inputs.listenerArn, listener?.id);
    assert.deepEqual(weightsOf(endpointOf("prod")), [128]);
    assert.deepEqual(weightsOf(endpointOf("dr")), [0]);
  });

  it("has written the file that the toolkit acts on, of both regions with prod at home", () => {
    for (const file of ["deployment.json", "deployment-dr.json"]) {
      const { regions } = loadDeployment(join(checkout.folder, file));
      assert.deepEqual(
        regions.map(({ name }) => name),
        ["prod", "dr"],
        file,
      );
    }
  });

  it("sees what was changed or deleted by hand, and mends it", async () => {
    const { cloud } = checkout;
    const [network] = cloud.of("prod").filter(({ type }) => type === vpc);
    const [topic] = cloud.of("prod").filter(({ type }) => type === "aws:sns/topic:Topic");
    assert.isDefined(network);
    assert.isDefined(topic);
    cloud.change(network, () => ({ enableDnsHostnames: false }));
    cloud.delete(topic);
    await fail(pulumi("preview --refresh --stack prod --expect-no-changes"));
    await succeed(pulumi("up --refresh --stack prod"));
    assert.equal(cloud.get(network)?.inputs.enableDnsHostnames, true);
    assert.isDefined(cloud.get(topic));
    await succeed(pulumi("refresh --stack prod --expect-no-changes"));
  });

  it("does not undo a failover, whatever else changes", async () => {
    const { cloud } = checkout;
    const regions = ["prod", "dr"] as const;
    const recordOf = (stack: string) => cloud.one(stack, record, "records-api");
    const checkOf = (stack: string) => cloud.one(stack, healthCheck, "records-primary");
    const [prodPolicies, drPolicies] = [policiesOf(recordOf("prod")), policiesOf(recordOf("dr"))];
    const weighted =
      (weight: number) =>
      ({ endpointConfigurations }: CloudResource["inputs"]) => ({
        endpointConfigurations: (endpointConfigurations as object[]).map((one) => ({
          ...one,
          weight,
        })),
      });
    cloud.change(endpointOf("dr"), weighted(128));
    cloud.change(endpointOf("prod"), weighted(0));
    cloud.change(recordOf("prod"), () => ({ failoverRoutingPolicies: drPolicies }));
    cloud.change(recordOf("dr"), () => ({ failoverRoutingPolicies: prodPolicies }));
    cloud.change(checkOf("prod"), () => ({ disabled: true }));
    // Of every resource that has tags, and so of the health checks as well.
    for (const stack of regions) {
      checkout.edit(`Pulumi.${stack}.yaml`, "costCenter: trading", "costCenter: markets");
    }
    await follow("After a failover");
    assert.deepEqual(weightsOf(endpointOf("dr")), [128]);
    assert.deepEqual(weightsOf(endpointOf("prod")), [0]);
    assert.deepEqual(policiesOf(recordOf("prod")), drPolicies);
    assert.deepEqual(policiesOf(recordOf("dr")), prodPolicies);
    assert.equal(checkOf("prod").inputs.disabled, true);
    for (const stack of regions) {
      const { costCenter } = checkOf(stack).inputs.tagsAll as Record<string, string>;
      assert.equal(costCenter, "markets", "the other change was made");
      await succeed(pulumi(`up --refresh --stack ${stack} --expect-no-changes`));
    }
  });

  it("destroys nothing that is protected", async () => {
    const before = checkout.cloud.all().length;
    const text = await fail(pulumi("destroy --stack dr"));
    assert.match(text, /protected/);
    assert.lengthOf(checkout.cloud.all(), before);
  });

  it("stops at what AWS protects or uses, and takes the rest down when that is gone", async () => {
    const { cloud } = checkout;
    const [first = ""] = commandsOf("Taking it down");
    const text = await fail(first);
    assert.match(text, /cannot be deleted: \w+ is set|is in use by/);
    // By hand, with the commands of the page: what is protected in AWS, and the databases.
    for (const one of cloud.all()) {
      const protection = protectionOf(one);
      if (databaseTypes.test(one.type)) cloud.delete(one);
      else if (protection !== undefined) cloud.change(one, () => ({ [protection]: false }));
    }
    await follow("Taking it down");
    const kept = new Set(cloud.all().map(({ type }) => type));
    assert.isTrue(
      [...kept].every((type) => /^aws:(dynamodb|s3)\//.test(type)),
      `left: ${[...kept].join(", ")}`,
    );
  });
});
