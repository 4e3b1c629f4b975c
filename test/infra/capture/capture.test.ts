import * as aws from "@pulumi/aws";
import { Cluster } from "@pulumi/eks/cluster.js";
import * as pulumi from "@pulumi/pulumi";
import { assert } from "chai";
import { type CapturedResource, capture, captureWhole } from "../../../infra/capture/capture.ts";

class Vault extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Vault", name, {}, opts);
    const key = new aws.kms.Key(`${name}-key`, {}, { parent: this, protect: true });
    const topic = new aws.sns.Topic(
      `${name}-alarms`,
      { kmsMasterKeyId: key.arn },
      { parent: this },
    );
    this.registerOutputs({ keyArn: key.arn, topicArn: topic.arn });
  }
}

const named = (resources: readonly CapturedResource[], name: string): CapturedResource => {
  const found = resources.find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
};

describe("Capture: a program without AWS", function () {
  this.timeout(30_000);

  it("returns custom resources and components with urns as the engine makes them", async () => {
    const { resources } = await captureWhole({ stack: "dr", build: () => void new Vault("vault") });
    assert.deepEqual(
      resources.map(({ urn, kind }) => [urn, kind]),
      [
        ["urn:pulumi:dr::castle::castle:infra:Vault$aws:kms/key:Key::vault-key", "custom"],
        ["urn:pulumi:dr::castle::castle:infra:Vault$aws:sns/topic:Topic::vault-alarms", "custom"],
        ["urn:pulumi:dr::castle::castle:infra:Vault::vault", "component"],
      ],
    );
    assert.equal(named(resources, "vault-key").parentUrn, named(resources, "vault").urn);
  });

  it("keeps the arguments of a component whose children only its plugin knows", async () => {
    const { resources } = await captureWhole({
      build: () => {
        const role = new aws.iam.Role("control", { assumeRolePolicy: "{}" });
        const cluster = new Cluster("cluster", { name: "castle-prod", serviceRole: role });
        new aws.ssm.Parameter("config", { type: "String", value: cluster.kubeconfigJson });
      },
    });
    const cluster = named(resources, "cluster");
    assert.equal(cluster.kind, "remote");
    assert.deepInclude(cluster.inputs, {
      name: "castle-prod",
      serviceRole: named(resources, "control").id,
    });
    assert.match(String(named(resources, "config").inputs.value), /"kind":"Config"/);
  });

  it("resolves what one resource takes from another, and says where it came from", async () => {
    const { resources } = await captureWhole({ build: () => void new Vault("vault") });
    const [key, topic] = [named(resources, "vault-key"), named(resources, "vault-alarms")];
    assert.equal(topic.inputs.kmsMasterKeyId, `arn:aws:kms:us-east-1:123456789012:key/${key.id}`);
    assert.deepEqual(topic.options.inputSources.kmsMasterKeyId, [key.urn]);
    assert.deepEqual(topic.options.dependsOn, []);
  });

  it("shows which component registered outputs, and which forgot", async () => {
    class Forgetful extends pulumi.ComponentResource {}
    const { resources } = await captureWhole({
      build: () => {
        new Vault("vault");
        new Forgetful("castle:infra:Forgetful", "forgetful");
      },
    });
    assert.hasAllKeys(named(resources, "vault").registeredOutputs, ["keyArn", "topicArn"]);
    assert.isUndefined(named(resources, "forgetful").registeredOutputs);
  });

  it("keeps the options that the mocks are not told", async () => {
    const { resources } = await captureWhole({
      build: () => {
        const topic = new aws.sns.Topic("topic", {});
        new aws.s3.Bucket(
          "bucket",
          {},
          {
            protect: true,
            retainOnDelete: true,
            deleteBeforeReplace: true,
            ignoreChanges: ["tags"],
            replaceOnChanges: ["bucket"],
            aliases: [{ name: "old" }],
            dependsOn: topic,
            customTimeouts: { create: "30m" },
          },
        );
      },
    });
    const { options } = named(resources, "bucket");
    assert.isTrue(options.protect && options.retainOnDelete && options.deleteBeforeReplace);
    assert.deepEqual(options.ignoreChanges, ["tags"]);
    assert.deepEqual(options.replaceOnChanges, ["bucket"]);
    assert.deepEqual(options.dependsOn, [named(resources, "topic").urn]);
    assert.equal(options.timeouts?.create, "30m");
    assert.isTrue(options.aliases.some((alias) => alias.endsWith("::old")));
    const { options: plain } = named(resources, "topic");
    assert.isFalse(plain.protect || plain.retainOnDelete || plain.deleteBeforeReplace);
  });

  it("opens secrets and remembers where they were", async () => {
    const { resources } = await captureWhole({
      config: { "castle:token": "hidden" },
      secretKeys: ["castle:token"],
      build: () => {
        const token = new pulumi.Config().requireSecret("token");
        new aws.secretsmanager.SecretVersion("version", {
          secretId: "token",
          secretString: pulumi.jsonStringify({ token }),
        });
      },
    });
    const version = named(resources, "version");
    assert.equal(version.inputs.secretString, '{"token":"hidden"}');
    assert.deepEqual(version.secretPaths, ["secretString"]);
  });

  it("places a resource by its own region, its provider's, or the stack's", async () => {
    const { resources } = await captureWhole({
      config: { "aws:region": "ap-northeast-1" },
      build: () => {
        const provider = new aws.Provider("virginia", { region: "us-east-1" });
        new aws.sns.Topic("here", {});
        new aws.sns.Topic("named", { region: "ap-southeast-1" });
        new aws.sns.Topic("provided", {}, { provider });
      },
    });
    const region = (name: string) => named(resources, name).region;
    assert.equal(region("here"), "ap-northeast-1");
    assert.equal(region("named"), "ap-southeast-1");
    assert.equal(region("provided"), "us-east-1");
  });

  it("answers data sources and references to other stacks", async () => {
    const { outputs } = await captureWhole({
      stackOutputs: { "organization/castle/global": { zoneId: "Z1" } },
      build: () => {
        const global = new pulumi.StackReference("organization/castle/global");
        return {
          zoneId: global.requireOutput("zoneId"),
          name: aws.getAvailabilityZoneOutput({ zoneId: "use1-az4" }).name,
          account: aws.getCallerIdentityOutput({}).accountId,
        };
      },
    });
    assert.deepEqual(outputs, { zoneId: "Z1", name: "us-east-1d", account: "123456789012" });
  });

  it("gives the same answers to the same program", async () => {
    const build = () => void new Vault("vault");
    assert.deepEqual(await capture({ build }), await capture({ build }));
  });

  it("mixes nothing of captures that were asked for at once", async () => {
    const build = () => {
      const name = new pulumi.Config().require("name");
      return { arn: new aws.sns.Topic(name, {}).arn };
    };
    const asked = ["prod", "dr"].map((stack) =>
      captureWhole({ stack, build, config: { "castle:name": `${stack}-topic` } }),
    );
    const names = (await Promise.all(asked)).map(({ resources }) =>
      resources.map(({ name, urn }) => [name, urn.split("::")[0]]),
    );
    assert.deepEqual(names, [[["prod-topic", "urn:pulumi:prod"]], [["dr-topic", "urn:pulumi:dr"]]]);
  });
});

describe("Capture: what is wrong with a program", function () {
  this.timeout(30_000);
  const kindsOf = async (build: () => unknown, timeoutMs = 20_000) =>
    (await capture({ build, timeoutMs })).violations.map(({ kind }) => kind);

  it("refuses an Output within a string", async () => {
    const kinds = await kindsOf(() => {
      const topic = new aws.sns.Topic("topic", {});
      new aws.ssm.Parameter("parameter", { type: "String", value: `arn: ${topic.arn}` });
    });
    assert.deepEqual(kinds, ["outputInString"]);
  });
  it("refuses an Output within JSON", async () => {
    const kinds = await kindsOf(() => {
      const topic = new aws.sns.Topic("topic", {});
      const value = JSON.stringify({ arn: topic.arn });
      new aws.ssm.Parameter("parameter", { type: "String", value });
    });
    assert.deepEqual(kinds, ["outputInString"]);
  });
  it("reports what the program throws", async () => {
    const thrown = await capture({
      build: () => {
        throw new Error("no such region");
      },
    });
    assert.deepEqual(
      thrown.violations.map(({ message }) => message),
      ["no such region"],
    );
  });
  it("reports a promise that nobody holds", async () => {
    assert.deepEqual(await kindsOf(() => void Promise.reject(new Error("lost"))), ["rejected"]);
  });
  it("reports an input that fails", async () => {
    const kinds = await kindsOf(() => {
      const value = Promise.reject<string>(new Error("no such file"));
      new aws.ssm.Parameter("parameter", { type: "String", value });
    });
    assert.deepEqual(kinds, ["rejected"]);
  });
  it("reports two resources of one name", async () => {
    const kinds = await kindsOf(() => {
      new aws.sns.Topic("topic", {});
      new aws.sns.Topic("topic", {});
    });
    assert.deepEqual(kinds, ["duplicateUrn"]);
  });
  it("reports a resource that waits for ever", async () => {
    const kinds = await kindsOf(() => {
      const value = new Promise<string>(() => undefined);
      new aws.ssm.Parameter("parameter", { type: "String", value });
    }, 500);
    assert.deepEqual(kinds, ["unsettled"]);
  });
  it("reports a data source that has no invented answer", async () => {
    const kinds = await kindsOf(() => ({ key: aws.kms.getKeyOutput({ keyId: "a" }).arn }));
    assert.include(kinds, "rejected");
  });
  it("fails where a sound program is wanted", async () => {
    const captured = captureWhole({ build: () => Promise.reject(new Error("unsound")) });
    assert.equal(await captured.catch((error: Error) => error.message), "unsound");
  });
  it("leaves the listeners of others in place", async () => {
    const before = process.listeners("unhandledRejection");
    await capture({ build: () => undefined });
    assert.deepEqual(process.listeners("unhandledRejection"), before);
  });
});
