import { expect } from "chai";
import { payloadOf } from "../../../../engine/adapters/gateway/api-call.ts";
import { Authenticator, checkTime, isSignedBy } from "../../../../engine/adapters/gateway/auth.ts";
import { Params } from "../../../../engine/adapters/gateway/params.ts";
import { parseQuery } from "../../../../engine/adapters/gateway/query-string.ts";

// Key and signatures as published in the API's documentation.
const apiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const secretKey = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const order =
  "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";

const account = new Authenticator({
  accounts: [{ accountId: 1, name: "a", apiKey, secretKey, deposits: {} }],
}).account(apiKey);

function restPayload(query: string, body: string): string {
  return parseQuery(query).payload + parseQuery(body).payload;
}

describe("Authenticator", () => {
  const published = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
  const mixed = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77";
  const vectors: [what: string, query: string, body: string, signature: string][] = [
    ["all in the query", `${order}&signature=${published}`, "", published],
    ["all in the body", "", `${order}&signature=${published}`, published],
    ["signature first", `signature=${published}&${order}`, "", published],
    [
      "query and body, joined by nothing",
      "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
      `quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature=${mixed}`,
      mixed,
    ],
  ];
  for (const [what, query, body, signature] of vectors)
    it(`accepts the published signature: ${what}`, () => {
      expect(isSignedBy(account, restPayload(query, body), signature)).to.equal(true);
      expect(isSignedBy(account, restPayload(query, body), signature.toUpperCase())).to.equal(true);
    });

  it("accepts the published signature of a WebSocket request, sorted by name", () => {
    const params = {
      symbol: "BTCUSDT",
      side: "SELL",
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: "0.01000000",
      price: "52000.00",
      newOrderRespType: "ACK",
      recvWindow: 100,
      timestamp: 1_645_423_376_532,
      apiKey,
    };
    const payload = payloadOf(params);
    expect(payload).to.equal(
      `apiKey=${apiKey}&newOrderRespType=ACK&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT`,
    );
    const signature = "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a";
    expect(isSignedBy(account, payload, signature)).to.equal(true);
  });

  it("refuses a signature that differs in one character, or in length", () => {
    const payload = restPayload(order, "");
    expect(isSignedBy(account, payload, `d${published.slice(1)}`)).to.equal(false);
    expect(isSignedBy(account, payload, published.slice(1))).to.equal(false);
    expect(isSignedBy(account, payload, "")).to.equal(false);
    expect(isSignedBy(account, `${payload} `, published)).to.equal(false);
  });

  it("keeps the order and the encoding of what was signed", () => {
    expect(parseQuery("b=%7E1&signature=x&a=+2").payload).to.equal("b=%7E1&a=+2");
    expect(parseQuery("b=%7E1&a=+2").values).to.deep.include({ b: "~1", a: " 2" });
  });
});

describe("Time window of a request", () => {
  const nowMs = 1_700_000_000_000;
  const times: [what: string, params: Record<string, unknown>, code: number | undefined][] = [
    ["now", { timestamp: nowMs }, undefined],
    ["as text", { timestamp: String(nowMs) }, undefined],
    ["in microseconds", { timestamp: nowMs * 1000 }, undefined],
    ["999 ms ahead", { timestamp: nowMs + 999 }, undefined],
    ["1000 ms ahead", { timestamp: nowMs + 1000 }, -1021],
    ["5000 ms old", { timestamp: nowMs - 5000 }, undefined],
    ["5001 ms old", { timestamp: nowMs - 5001 }, -1021],
    ["old within its own window", { timestamp: nowMs - 9000, recvWindow: 10_000 }, undefined],
    ["a window with a fraction", { timestamp: nowMs - 9, recvWindow: "9.001" }, undefined],
    ["the longest window", { timestamp: nowMs, recvWindow: 60_000 }, undefined],
    ["a longer window", { timestamp: nowMs, recvWindow: 60_001 }, -1131],
    ["a negative window", { timestamp: nowMs, recvWindow: -1 }, -1100],
    ["no time", {}, -1102],
    ["no number", { timestamp: "soon" }, -1100],
  ];
  for (const [what, params, code] of times)
    it(`${code === undefined ? "accepts" : `refuses with ${code}`}: ${what}`, () => {
      const check = () => checkTime(new Params(params), nowMs);
      if (code === undefined) expect(check).to.not.throw();
      else expect(check).to.throw().with.property("code", code);
    });
});
