// The stand-in for AWS by itself, as the engine calls it: a double that accepts everything would show nothing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as grpc from "@grpc/grpc-js";
import { assert } from "chai";
import { Cloud } from "./cloud.ts";
import {
  type Message,
  providerMessages as messages,
  type Properties,
  read,
  write,
} from "./protocol.ts";
import { StandIn } from "./provider.ts";

/** What the stand-in says instead of doing it. */
const refusalOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => assert.fail("it was done"),
    (error: Error) => error.message,
  );

const urnOf = (type: string, name: string): string => `urn:pulumi:prod::castle::${type}::${name}`;
const vpc = urnOf("aws:ec2/vpc:Vpc", "network");
const table = urnOf("aws:dynamodb/table:Table", "orders");
const network = { cidrBlock: "10.16.0.0/16", tags: { Name: "castle" } };
const orders = {
  name: "orders",
  hashKey: "id",
  attributes: [{ name: "id", type: "S" }],
  deletionProtectionEnabled: true,
};

describe("Stand-in for AWS", function () {
  // The first check reads the SDK's declarations.
  this.timeout(20_000);
  let folder: string;
  let cloud: Cloud;
  let handlers: grpc.UntypedServiceImplementation;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "castle-standin-"));
    cloud = new Cloud(folder);
    handlers = new StandIn(folder, "7.0.0").implementation();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const call = <Response>(method: string, request: unknown): Promise<Response> =>
    new Promise((resolve, reject) => {
      const handler = handlers[method] as grpc.handleUnaryCall<unknown, Response>;
      handler({ request } as grpc.ServerUnaryCall<unknown, Response>, (error, response) =>
        error === null ? resolve(response as Response) : reject(error),
      );
    });
  const check = async (urn: string, inputs: Properties) => {
    const request = new messages.CheckRequest();
    request.setUrn(urn);
    request.setNews(write(inputs));
    const response = await call<Message<"CheckResponse">>("check", request);
    const faults = response.getFailuresList().map((failure) => failure.getReason());
    return { inputs: read(response.getInputs()), faults };
  };
  const create = (urn: string, inputs: Properties) => {
    const request = new messages.CreateRequest();
    request.setUrn(urn);
    request.setProperties(write(inputs));
    return call<Message<"CreateResponse">>("create", request);
  };
  const diff = async (urn: string, olds: Properties, news: Properties) => {
    const request = new messages.DiffRequest();
    request.setUrn(urn);
    request.setOldInputs(write(olds));
    request.setNews(write(news));
    const response = await call<Message<"DiffResponse">>("diff", request);
    return { changed: response.getDiffsList(), replaced: response.getReplacesList() };
  };
  const lookAt = async (urn: string, id: string) => {
    const request = new messages.ReadRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setInputs(write({}));
    request.setProperties(write({}));
    const response = await call<Message<"ReadResponse">>("read", request);
    return { id: response.getId(), inputs: read(response.getInputs()) };
  };
  const remove = (urn: string, id: string) => {
    const request = new messages.DeleteRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setProperties(write({}));
    return call("delete", request);
  };

  it("takes what the SDK declares and AWS allows", async () => {
    assert.isEmpty((await check(vpc, network)).faults);
  });

  it("refuses an argument that the SDK does not declare, and one that AWS does not take", async () => {
    const unknown = await check(vpc, { ...network, cidrBlok: "10.16.0.0/16" });
    assert.include(unknown.faults[0], "cidrBlok: no such argument");
    const outOfRange = await check(vpc, { ...network, cidrBlock: "10.16.0.0/30" });
    assert.include(outOfRange.faults[0], "/16 to /28");
  });

  it("gives what is tagged the provider's own tags", async () => {
    const request = new messages.ConfigureRequest();
    request.setArgs(write({ defaultTags: JSON.stringify({ tags: { owner: "exchange" } }) }));
    await call("configure", request);
    const { inputs } = await check(vpc, network);
    assert.deepEqual(inputs.tagsAll, { owner: "exchange", Name: "castle" });
  });

  it("makes another where a property is set once, and changes the others in place", async () => {
    const moved = await diff(vpc, network, { ...network, cidrBlock: "10.32.0.0/16" });
    assert.deepEqual(moved, { changed: ["cidrBlock"], replaced: ["cidrBlock"] });
    const renamed = await diff(vpc, network, { ...network, tags: { Name: "moat" } });
    assert.deepEqual(renamed, { changed: ["tags"], replaced: [] });
    const other = await create(vpc, network);
    assert.notEqual((await create(vpc, network)).getId(), other.getId());
  });

  it("makes no two things of one name", async () => {
    await create(table, orders);
    const message = await refusalOf(create(table, orders));
    assert.include(message, "AlreadyExists");
  });

  it("tells what was changed behind Pulumi's back, and what is gone", async () => {
    const id = (await create(vpc, network)).getId();
    const made = cloud.one("prod", "aws:ec2/vpc:Vpc", "network");
    cloud.change(made, () => ({ enableDnsSupport: false }));
    assert.equal((await lookAt(vpc, id)).inputs.enableDnsSupport, false);
    cloud.delete(made);
    assert.equal((await lookAt(vpc, id)).id, "");
  });

  it("refuses once what it is told to refuse", async () => {
    cloud.refuseNext("network");
    const message = await refusalOf(create(vpc, network));
    assert.include(message, "ServiceUnavailable");
    await create(vpc, network);
  });

  it("deletes nothing that AWS protects", async () => {
    const id = (await create(table, orders)).getId();
    const message = await refusalOf(remove(table, id));
    assert.include(message, "deletionProtectionEnabled is set");
    cloud.change(cloud.one("prod", "aws:dynamodb/table:Table", "orders"), () => ({
      deletionProtectionEnabled: false,
    }));
    await remove(table, id);
    assert.isEmpty(cloud.all());
  });

  it("answers no data source that it does not know", async () => {
    const request = new messages.InvokeRequest();
    request.setTok("aws:ec2/getEverything:getEverything");
    request.setArgs(write({}));
    const message = await refusalOf(call("invoke", request));
    assert.include(message, "no invented answer");
  });
});
