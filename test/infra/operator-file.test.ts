// The stack's output operatorFile against the toolkit that reads it: as docs/deploy.md has it written to
// deployment.json, with operator.json and the certificate beside it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "chai";
import { databaseOf, trafficOf } from "../../failover/adapters/surroundings.ts";
import { type Deployment, loadDeployment } from "../../failover/deployment.ts";
import { rehearse } from "../../infra/rehearsal.ts";
import { readStackFile, type StackFile } from "../../infra/stack-file.ts";

/** A stack's file with fields of one section changed. */
function changed(stack: string, section: string, fields: object): StackFile {
  const { name, values } = readStackFile(stack);
  const key = `castle:${section}`;
  const before: object = JSON.parse(values[key] ?? "{}");
  return { name, values: { ...values, [key]: JSON.stringify({ ...before, ...fields }) } };
}

describe("The operators' deployment file", function () {
  // Programs under mocks.
  this.timeout(120_000);
  let dir = "";
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "castle-operator-"));
    const keys = { operatorToken: "0123456789abcdef", accounts: [] };
    writeFileSync(join(dir, "operator.json"), JSON.stringify(keys));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  async function written(wanted: string | StackFile): Promise<Deployment> {
    const { outputs } = await rehearse(wanted);
    const file = join(dir, "deployment.json");
    writeFileSync(file, String(outputs.operatorFile));
    assert.notMatch(String(outputs.operatorFile), /PASSWORD/);
    return loadDeployment(file);
  }

  const dr = {
    peerJournal: { host: "journal.dr", secretArn: "arn:aws:secretsmanager:us-west-2:1:secret:x" },
    peerEndpointGroupArn: "arn:aws:globalaccelerator::1:accelerator/a/listener/l/endpoint-group/g",
  };
  const stacks: readonly [name: string, wanted: string | StackFile, awsRegion: string][] = [
    ["prod, once dr stands", changed("prod", "place", dr), "us-east-1"],
    ["dr", "dr", "us-west-2"],
  ];
  for (const [name, wanted, awsRegion] of stacks) {
    it(`of ${name} has all that the toolkit acts on, and prod is home`, async () => {
      const { regions, register, certificates, traffic, database } = await written(wanted);
      assert.deepEqual(
        regions.map((region) => [region.name, region.controller?.host]),
        [
          ["prod", "controller.prod.castle.internal"],
          ["dr", "controller.dr.castle.internal"],
        ],
      );
      for (const { name: role, exchange, operatorToken } of regions) {
        assert.equal(operatorToken, "0123456789abcdef");
        assert.equal(exchange.gateways[0]?.host, `gateway.${role}.castle.internal`);
        assert.match(exchange.redis.url, /^rediss:\/\/castle@/);
      }
      const [home, other] = regions.map(({ exchange }) => exchange.engines.map(({ host }) => host));
      assert.isEmpty(home?.filter((host) => other?.includes(host)));
      assert.equal(register?.awsRegion, awsRegion);
      assert.deepEqual(certificates, [join(dir, "gateway-certificate.pem")]);
      const routers = trafficOf(traffic).map((router) => router.name);
      assert.deepEqual(routers, ["Route 53", "Global Accelerator"]);
      assert.isDefined(databaseOf(database));
    });
  }

  it("of prod alone is one region, and names no certificate where gateways end no TLS", async () => {
    const { regions, certificates } = await written(
      changed("prod", "api", { hasTlsAtGateway: false }),
    );
    assert.deepEqual(
      regions.map(({ name }) => name),
      ["prod"],
    );
    assert.isEmpty(certificates);
  });
});
