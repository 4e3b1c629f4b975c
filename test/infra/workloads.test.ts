import { readFileSync } from "node:fs";
import { assert } from "chai";
import { parse } from "yaml";
import { leftOut } from "../../infra/artefacts.ts";
import { type RegionConfig, regionSchema } from "../../infra/config/stack-config.ts";
import { messageHandler, workloadsOf } from "../../infra/workloads.ts";

function seed(number: string): RegionConfig {
  const path = new URL(`../../infra/examples/seed-${number}.yaml`, import.meta.url);
  const { config } = parse(readFileSync(path, "utf8"));
  const sections = Object.entries(config)
    .filter(([key]) => key.startsWith("castle:"))
    .map(([key, value]) => [key.slice("castle:".length), value]);
  return regionSchema.parse(Object.fromEntries(sections));
}

const named = (number: string, name: string) =>
  workloadsOf(seed(number)).find((one) => one.name === name);

describe("The catalogue of workloads", () => {
  const leftOutBySeed: readonly [seed: string, names: readonly string[]][] = [
    ["000", ["order-intake", "order-processor", "market-data"]],
    ["001", ["order-intake", "order-processor", "publisher", "positions", "fraud", "archive"]],
    ["002", ["publisher", "users", "market-data", "positions", "archive"]],
    ["003", ["order-intake", "users"]],
    ["004", ["users", "positions", "archive"]],
  ];
  for (const [number, names] of leftOutBySeed) {
    it(`leaves out of seed ${number} what nobody brings: ${names.join(", ")}`, () =>
      assert.deepEqual(leftOut(seed(number)), names));
  }

  it("names the field to fill for what is left out", () =>
    assert.deepEqual(named("003", "users")?.artefact, {
      from: "nobody",
      field: "workloads.images.users",
    }));

  it("grows seed 003's services by the seed's figures", () => {
    assert.deepInclude(named("003", "order-processor")?.growth, { percent: 60, minutes: 2 });
    assert.deepInclude(named("003", "wallet")?.growth, { by: "memory", percent: 70 });
    assert.deepInclude(named("003", "market-data")?.growth, { by: "connections" });
  });

  it("grows seed 000's order processor by the depth of its queue", () =>
    assert.deepEqual(named("000", "order-processor")?.growth, { by: "depth", messages: 1_000 }));

  it("puts services on Fargate, in pods, or pods for topics only", () => {
    assert.strictEqual(named("003", "gateway")?.kind, "ecs");
    assert.strictEqual(named("000", "gateway")?.kind, "eks");
    assert.strictEqual(named("001", "wallet")?.kind, "ecs");
    assert.strictEqual(named("001", "order-processor")?.kind, "eks");
  });

  it("hands each topic of seed 004 from a producer to a consumer", () => {
    const workloads = workloadsOf(seed("004"));
    const produced = new Set(workloads.flatMap(({ produces }) => produces));
    const consumed = workloads.flatMap(({ consumes }) => consumes);
    assert.includeMembers([...produced], consumed);
    assert.includeMembers(consumed, ["order-requests", "validated-orders", "trade-execution"]);
  });

  for (const number of ["000", "001", "002", "003", "004"]) {
    it(`has a producer for whatever is consumed in seed ${number}`, () => {
      const workloads = workloadsOf(seed(number));
      const produced = workloads.flatMap(({ produces }) => produces);
      assert.includeMembers(
        produced,
        workloads.flatMap(({ consumes }) => consumes),
      );
    });
  }

  it("publishes no committed order into a queue of orders", () =>
    assert.isUndefined(named("000", "publisher")));

  it("hands messages of the WebSocket API to a function, of seed 004 to the one that takes orders", () => {
    assert.deepEqual(named("002", "messages")?.artefact, {
      from: "operator",
      reference: "artefacts/messages.zip",
    });
    assert.isDefined(named("002", "messages-authorizer"));
    assert.isUndefined(named("004", "messages"));
    assert.strictEqual(messageHandler(seed("004")), "ingestion");
    assert.isUndefined(named("003", "messages"), "its prices are streamed by a service");
  });

  it("keeps the journal, which its user may write, to Castle's own programs", () => {
    for (const number of ["000", "001", "002", "003", "004"]) {
      const writers = workloadsOf(seed(number)).filter(({ rights }) => rights.includes("journal"));
      assert.isNotEmpty(writers);
      for (const { name, artefact } of writers) assert.equal(artefact.from, "castle", name);
    }
  });

  it("names every workload once", () => {
    for (const number of ["000", "001", "002", "003", "004"]) {
      const names = workloadsOf(seed(number)).map(({ name }) => name);
      assert.lengthOf(new Set(names), names.length);
    }
  });
});
