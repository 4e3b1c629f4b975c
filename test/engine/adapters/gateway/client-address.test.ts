// Whose limit a request counts against, behind balancers and without.

import { expect } from "chai";
import { WebSocket } from "ws";
import { ClientAddresses } from "../../../../engine/adapters/gateway/client-address.ts";
import { type Harness, SOCKET_TIMEOUT_MS, startHarness } from "./harness.ts";

describe("ClientAddresses", () => {
  const behindBalancers = new ClientAddresses(["10.16.0.0/20", "fd00::/8"]);
  const table: readonly [peer: string, forwardedFor: string, client: string, why: string][] = [
    ["198.51.100.7", "203.0.113.9", "198.51.100.7", "a client's own word about itself is no news"],
    ["10.16.3.4", "203.0.113.9", "203.0.113.9", "a balancer says whom it heard"],
    [
      "10.16.3.4",
      "1.2.3.4, 203.0.113.9",
      "203.0.113.9",
      "what the client had put there is passed over",
    ],
    ["10.16.3.4", "203.0.113.9, 10.16.1.1", "203.0.113.9", "one balancer behind another"],
    ["10.16.3.4", "10.16.2.2", "10.16.2.2", "a neighbour that came by the balancer"],
    ["10.16.3.4", "", "10.16.3.4", "a balancer that says nothing, such as its health check"],
    ["10.16.3.4", "unknown", "10.16.3.4", "what is no address"],
    ["10.16.3.4", "unknown, 203.0.113.9", "203.0.113.9", "no address, and further away than one"],
    ["10.16.16.1", "203.0.113.9", "10.16.16.1", "just outside of the network"],
    ["::ffff:10.16.3.4", "203.0.113.9", "203.0.113.9", "IPv4 on a socket of IPv6"],
    ["fd00::1", "2001:db8::5", "2001:db8::5", "IPv6"],
  ];
  for (const [peer, forwardedFor, client, why] of table) {
    it(`takes ${client} for ${peer} with "${forwardedFor}": ${why}`, () =>
      expect(behindBalancers.behind(peer, forwardedFor)).to.equal(client));
  }

  it("believes nobody where no balancer is named", () =>
    expect(new ClientAddresses([]).behind("10.16.3.4", "203.0.113.9")).to.equal("10.16.3.4"));
});

describe("Limits by address, behind a balancer", function () {
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;
  const limits = { requestWeightPerMinute: 2 };
  const start = async (trustedProxyCidrs?: string[]) => {
    harness = await startHarness({ limits, ...(trustedProxyCidrs && { trustedProxyCidrs }) });
  };
  afterEach(() => harness.close());

  const statusFor = async (client: string) => {
    const headers = { "x-forwarded-for": client };
    return (await fetch(`${harness.url}/api/v3/ping`, { headers })).status;
  };

  it("gives each client behind it a limit of its own", async () => {
    await start(["127.0.0.0/8"]);
    expect(await statusFor("203.0.113.1")).to.equal(200);
    expect(await statusFor("203.0.113.1")).to.equal(200);
    expect(await statusFor("203.0.113.1")).to.equal(429);
    expect(await statusFor("203.0.113.2")).to.equal(200);
  });

  it("gives one limit to all that come from where no balancer is", async () => {
    await start();
    expect(await statusFor("203.0.113.1")).to.equal(200);
    expect(await statusFor("203.0.113.2")).to.equal(200);
    expect(await statusFor("203.0.113.3")).to.equal(429);
  });

  for (const path of ["/ws-api/v3", "/ws"]) {
    it(`does so for WebSockets on ${path} too`, async () => {
      await start(["127.0.0.0/8"]);
      expect(await opens(path, "203.0.113.1")).to.equal(true);
      expect(await opens(path, "203.0.113.1")).to.equal(false);
      expect(await opens(path, "203.0.113.2")).to.equal(true);
    });
  }

  /** A connection weighs 2: each client has one in a minute. */
  function opens(path: string, client: string): Promise<boolean> {
    const headers = { "x-forwarded-for": client };
    const socket = new WebSocket(harness.wsUrl + path, { headers });
    return new Promise((resolve) => {
      socket.once("open", () => {
        socket.close();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
  }
});
