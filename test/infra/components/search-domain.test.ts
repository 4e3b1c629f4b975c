// The search domain, built alone: it survives a zone, and lets in whom it is told to.

import { assert } from "chai";
import { build } from "../data-capture.ts";

const { SearchDomain } = await import("../../../infra/components/search-domain.ts");
const { eventPipelines, logPipelines } = await import(
  "../../../infra/components/search-documents.ts"
);

const args = {
  region: "us-east-1",
  accountId: "111122223333",
  vpcId: "vpc-1",
  dataSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  instanceType: "r7g.large.search",
  storageGiB: 200,
  source: {
    kind: "stream" as const,
    name: "events",
    arn: "arn:aws:kinesis:us-east-1:111122223333:stream/events",
  },
  dataKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-data",
  logKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-log",
  logRetentionDays: 90,
  alarmTopicArn: "arn:aws:sns:us-east-1:111122223333:pages",
};
const pipeline = { region: "us-east-1", roleArn: "arn:role", domainEndpoint: "search.example" };

describe("SearchDomain", function () {
  this.timeout(20_000);
  const search = () => build(() => new SearchDomain("search", args));
  const domainOf = async () => (await search()).one("aws:opensearch/domain:Domain").inputs;

  it("lies in three zones, with masters apart", async () => {
    const { clusterConfig, vpcOptions } = await domainOf();
    assert.deepInclude(clusterConfig, {
      instanceCount: 3,
      dedicatedMasterCount: 3,
      dedicatedMasterEnabled: true,
      multiAzWithStandbyEnabled: true,
    });
    assert.lengthOf((vpcOptions as { subnetIds: string[] }).subnetIds, 3);
  });

  it("keeps a copy of every index in every zone", () => {
    const all = [
      eventPipelines(pipeline, { kind: "stream" as const, name: "events" }),
      logPipelines(pipeline),
    ];
    const templates = JSON.stringify(all).match(/number_of_replicas\\":(\d)/g);
    assert.deepEqual(templates, Array(3).fill('number_of_replicas\\":2'));
  });

  it("is encrypted in each way, and has roles inside", async () => {
    const inputs = await domainOf();
    assert.deepEqual(inputs.encryptAtRest, { enabled: true, kmsKeyId: args.dataKeyArn });
    assert.deepEqual(inputs.nodeToNodeEncryption, { enabled: true });
    assert.deepInclude(inputs.domainEndpointOptions, { enforceHttps: true });
    assert.deepInclude(inputs.advancedSecurityOptions, {
      enabled: true,
      internalUserDatabaseEnabled: false,
    });
  });

  it("lets in its ingestion, and people in its place by a second factor only", async () => {
    const built = await search();
    const domain = built.one("aws:opensearch/domain:Domain").inputs;
    const policy = JSON.parse(String(domain.accessPolicies)) as {
      Statement: { Principal: { AWS: string } }[];
    };
    // Readers of the account come in by their own statements.
    for (const { Principal } of policy.Statement) {
      assert.match(Principal.AWS, /:role\/search-ingestion/);
    }
    const trust = JSON.parse(String(built.one("aws:iam/role:Role").inputs.assumeRolePolicy)) as {
      Statement: { Principal: { AWS?: string }; Condition: unknown }[];
    };
    const [people] = trust.Statement.filter(({ Principal }) => Principal.AWS !== undefined);
    assert.deepEqual(people?.Condition, { Bool: { "aws:MultiFactorAuthPresent": "true" } });
  });

  it("writes what an account does oddly to an index of its own", () => {
    const events = eventPipelines(pipeline, { kind: "stream" as const, name: "events" });
    const { processor, sink } = events.behaviour as {
      processor: { anomaly_detector?: { identification_keys: string[] } }[];
      sink: { opensearch: { index: string } }[];
    };
    const detector = processor.find((step) => step.anomaly_detector !== undefined);
    assert.deepEqual(detector?.anomaly_detector?.identification_keys, ["account_id", "symbol"]);
    assert.match(sink[0]?.opensearch.index ?? "", /^anomalies-/);
  });

  it("takes logs where there is no stream, too", async () => {
    const { source: _, ...withoutStream } = args;
    const built = await build(() => new SearchDomain("search", withoutStream));
    const pipelines = built.all("aws:opensearchingest/pipeline:Pipeline");
    assert.deepEqual(
      pipelines.map(({ name }) => name),
      ["search-logs"],
    );
  });
});
