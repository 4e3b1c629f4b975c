// What both regions share: Keys, Secrets, Register, Archive, each alone.

import { assert } from "chai";
import { Archive } from "../../../infra/components/archive.ts";
import { Keys } from "../../../infra/components/keys.ts";
import { Register } from "../../../infra/components/register.ts";
import { Secrets } from "../../../infra/components/secrets.ts";
import { at, listAt } from "../../../infra/policy/rule.ts";
import { alone, statementsIn } from "./alone.ts";

const regions = { prodRegion: "us-east-1", drRegion: "us-west-2" };
const dataKeyArns = {
  "us-east-1": "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
  "us-west-2": "arn:aws:kms:us-west-2:123456789012:key/mrk-1",
};

describe("Keys", function () {
  this.timeout(20_000);

  it("exist in both regions as one, rotate, and are protected", async () => {
    const { all, named } = await alone(() => new Keys("keys", regions));
    for (const kind of ["data", "log"]) {
      const primary = named(`keys-${kind}`);
      assert.isTrue(primary.inputs.multiRegion && primary.inputs.enableKeyRotation);
      assert.equal(primary.region, "us-east-1");
      assert.equal(named(`keys-${kind}-dr`).region, "us-west-2");
    }
    const keys = [...all("aws:kms/key:Key"), ...all("aws:kms/replicaKey:ReplicaKey")];
    assert.lengthOf(keys, 4);
    for (const { options } of keys) assert.isTrue(options.protect);
  });

  it("let nobody in but the account's roles and services of this account", async () => {
    const { named } = await alone(() => new Keys("keys", regions));
    for (const kind of ["data", "log"]) {
      const [owner, ...others] = statementsIn(named(`keys-${kind}`).inputs.policy);
      assert.equal(at(owner, "Principal.AWS"), "arn:aws:iam::123456789012:root");
      for (const statement of others) {
        assert.isDefined(statement.Condition, JSON.stringify(statement));
        assert.notInclude(JSON.stringify(statement.Action), "*");
      }
    }
  });
});

describe("Secrets", function () {
  this.timeout(20_000);

  it("are in both regions, and a later update does not make them anew", async () => {
    const { all, resources } = await alone(
      () => new Secrets("secrets", { ...regions, dataKeyArns }),
    );
    const secrets = all("aws:secretsmanager/secret:Secret");
    assert.lengthOf(secrets, 3);
    for (const { inputs, options } of secrets) {
      assert.equal(inputs.kmsKeyId, dataKeyArns["us-east-1"]);
      assert.deepEqual(inputs.replicas, [
        { region: "us-west-2", kmsKeyId: dataKeyArns["us-west-2"] },
      ]);
      assert.isTrue(options.protect);
    }
    const versions = all("aws:secretsmanager/secretVersion:SecretVersion");
    for (const { options, secretPaths, name } of versions) {
      assert.include(options.ignoreChanges, "secretString");
      if (!name.includes("api-keys")) assert.include(secretPaths, "secretString");
    }
    assert.isNotEmpty(resources);
  });

  it("have the same name in dr's region", async () => {
    const { resources } = await alone(() => new Secrets("secrets", { ...regions, dataKeyArns }));
    const outputs = resources.find(({ name }) => name === "secrets")?.registeredOutputs;
    const [prod, dr] = ["us-east-1", "us-west-2"].map((region) =>
      String(at(outputs, `operatorSecretArns.${region}`)),
    );
    assert.equal(prod?.replace("us-east-1", "us-west-2"), dr);
  });
});

describe("Register", function () {
  this.timeout(20_000);

  it("is strongly consistent over two replicas and a witness", async () => {
    const args = { ...regions, witnessRegion: "us-east-2", dataKeyArns };
    const { named } = await alone(() => new Register("register", args));
    const { inputs, options, region } = named("register-table");
    assert.equal(region, "us-east-1");
    assert.equal(at(inputs, "replicas.0.consistencyMode"), "STRONG");
    assert.equal(at(inputs, "replicas.0.regionName"), "us-west-2");
    assert.equal(at(inputs, "globalTableWitness.regionName"), "us-east-2");
    assert.equal(inputs.hashKey, "shard", "as the register's adapter reads it");
    assert.notProperty(inputs, "ttl");
    assert.isTrue(inputs.deletionProtectionEnabled && options.protect);
  });
});

describe("Archive", function () {
  this.timeout(20_000);
  const make = () => new Archive("archive", { ...regions, dataKeyArns, glacierAfterDays: 90 });

  it("copies each bucket to the other, encrypted with the key over there", async () => {
    const { named } = await alone(make);
    for (const [from, to, region] of [
      ["prod", "dr", "us-west-2"],
      ["dr", "prod", "us-east-1"],
    ] as const) {
      const rule = at(named(`archive-${from}-copies`).inputs, "rules.0");
      assert.match(String(at(rule, "destination.bucket")), new RegExp(`archive-${to}`));
      assert.equal(
        at(rule, "destination.encryptionConfiguration.replicaKmsKeyId"),
        dataKeyArns[region],
      );
    }
  });

  it("moves to Glacier what may wait, and to its prompt class what is queried", async () => {
    const { named } = await alone(make);
    const rules = listAt(named("archive-dr-ageing").inputs, "rules");
    const classes = rules.flatMap((rule) =>
      listAt(rule, "transitions").map((one) => [
        at(rule, "filter.prefix"),
        at(one, "storageClass"),
      ]),
    );
    assert.deepEqual(Object.fromEntries(classes), {
      "archive/": "GLACIER",
      "config/": "GLACIER",
      "experiments/": "GLACIER",
      "trades/": "GLACIER_IR",
      "topics/": "GLACIER_IR",
    });
  });

  it("lets the copier read here and write there, and nothing else", async () => {
    const { named } = await alone(make);
    const statements = statementsIn(named("archive-prod-copier-policy").inputs.policy);
    for (const { Action, Resource } of statements) {
      assert.notInclude(JSON.stringify(Action), "*");
      assert.notEqual(Resource, "*");
    }
    const writes = statements.filter(({ Action }) => Action.includes("s3:ReplicateObject"));
    assert.match(String(writes[0]?.Resource), /archive-dr/);
  });

  it("refuses requests without TLS, and is protected", async () => {
    const { all, named } = await alone(make);
    for (const { options } of all("aws:s3/bucket:Bucket")) assert.isTrue(options.protect);
    const [deny] = statementsIn(named("archive-dr-tls").inputs.policy);
    assert.equal(deny?.Effect, "Deny");
    assert.equal(at(deny, "Condition.Bool.aws:SecureTransport"), "false");
  });
});
