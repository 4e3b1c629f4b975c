// The deployment's exchange.json, against the schema that the nodes read it with.

import { assert } from "chai";
import { exchangeSchema, parseWith } from "../../../engine/config.ts";
import {
  type ExchangeFacts,
  ports,
  renderExchange,
  usualGenesis,
  withoutPasswords,
} from "../../../infra/components/exchange-config.ts";

const facts: ExchangeFacts = {
  shard: "main",
  engineAddresses: ["10.16.96.10", "10.16.112.10"],
  journal: { host: "journal.example", port: 6379 },
  database: { host: "history.example", port: 5432, name: "castle" },
  databaseUser: "castle",
  failureTimeoutMs: 200,
  hasTlsAtGateway: true,
  hasLocalZone: true,
  proxyCidrs: ["10.16.0.0/20"],
  genesis: usualGenesis,
  region: {
    name: "us-east-1",
    startsAs: "active",
    durability: "zone",
    peer: {
      name: "us-west-2",
      engineAddresses: ["10.32.96.10", "10.32.112.10"],
      journal: { host: "journal-dr.example", port: 6379 },
    },
  },
};

const parsed = (given: ExchangeFacts) => {
  const text = JSON.stringify(renderExchange(given));
  return parseWith(exchangeSchema, JSON.parse(text), "exchange.json");
};

describe("Exchange configuration of the deployment", () => {
  it("is what the nodes accept", () => {
    const config = parsed(facts);
    assert.deepEqual(
      config.engines.map(({ id, zone, host }) => [id, zone, host]),
      [
        [1, "a", "10.16.96.10"],
        [2, "b", "10.16.112.10"],
      ],
    );
    assert.equal(config.redis.zone, "c", "no zone holds two of three");
    assert.deepEqual(
      config.region?.peer.engines.map(({ host }) => host),
      facts.region?.peer.engineAddresses,
    );
  });

  it("is what the nodes accept for one region, without TLS at the gateway", () => {
    const { region: _, ...one } = facts;
    const config = parsed({ ...one, hasTlsAtGateway: false, hasLocalZone: false });
    assert.isUndefined(config.region);
    assert.deepEqual(
      config.gateways.map(({ id, tls }) => [id, tls]),
      [
        ["gateway-a", undefined],
        ["gateway-b", undefined],
        ["gateway-c", undefined],
      ],
    );
  });

  it("names who may speak for clients, and nobody where no balancer is", () => {
    assert.deepEqual(parsed(facts).gateways[0]?.trustedProxyCidrs, ["10.16.0.0/20"]);
    assert.isUndefined(parsed({ ...facts, proxyCidrs: [] }).gateways[0]?.trustedProxyCidrs);
  });

  it("asks for no password of who opens no store", () => {
    const text = withoutPasswords(JSON.stringify(renderExchange(facts)));
    assert.notInclude(text, "${");
    const config = parseWith(exchangeSchema, JSON.parse(text), "exchange.json");
    assert.equal(new URL(config.redis.url).host, "journal.example:6379");
    assert.equal(new URL(config.postgres.url).password, "");
  });

  it("holds no secret, and URLs that are whole once secrets are filled in", () => {
    const text = JSON.stringify(renderExchange(facts));
    assert.notMatch(text, /:[^@{}"]*[A-Za-z0-9]{20,}@/);
    const { redis, postgres } = parsed(facts);
    for (const url of [redis.url, postgres.url]) {
      assert.match(url, /:\$\{[A-Z_]+\}@/);
      const whole = new URL(url.replace(/\$\{[A-Z_]+\}/, "abc123"));
      assert.equal(whole.username, "castle");
      assert.equal(whole.password, "abc123");
    }
    assert.equal(new URL(redis.url.replace(/\$\{[A-Z_]+\}/, "x")).protocol, "rediss:");
  });

  it("gives every kind of node its own ports", () => {
    assert.equal(new Set(Object.values(ports)).size, Object.keys(ports).length);
  });
});
