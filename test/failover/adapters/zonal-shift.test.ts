// Zonal shifts against a fake that checks each signature.

import { assert } from "chai";
import { ZonalShift } from "../../../failover/adapters/zonal-shift.ts";
import { FailoverError } from "../../../failover/errors.ts";
import { FakeArc } from "./fake-arc.ts";

const signal = new AbortController().signal;
const resources = ["arn:aws:elb:r:1:loadbalancer/api", "arn:aws:elb:r:1:loadbalancer/ws"];

describe("ZonalShift", () => {
  let arc: FakeArc;
  let shift: ZonalShift;

  beforeEach(async () => {
    arc = new FakeArc();
    const endpoint = await arc.listen();
    const limits = {
      ...{ connectionTimeoutMs: 100, requestTimeoutMs: 1000, attempts: 2, callTimeoutMs: 3000 },
    };
    const zones = { a: "use1-az1", b: "use1-az2" };
    shift = new ZonalShift({ region: "us-east-1", endpoint, resources, zones, limits });
  });

  afterEach(() => arc.close());

  const leave = (zone: string, reason = "packet loss") =>
    shift.leave(zone, { hours: 2, reason }, signal);
  const acts = () => arc.requests.filter((request) => !request.startsWith("GET"));

  it("shifts every load balancer away from a zone, once, and back", async () => {
    await leave("a");
    await leave("a");
    assert.deepEqual(
      acts(),
      resources.map(
        (resourceIdentifier) =>
          `POST /zonalshifts ${JSON.stringify({ resourceIdentifier, awayFrom: "use1-az1", expiresIn: "2h", comment: "packet loss" })}`,
      ),
    );
    assert.deepEqual(await shift.away(signal), [{ zone: "a", isWhole: true }]);
    await shift.rejoin("b", signal);
    assert.lengthOf(acts(), 2);
    await shift.rejoin("a", signal);
    await shift.rejoin("a", signal);
    assert.deepEqual(acts().slice(2), [
      "DELETE /zonalshifts/shift-1",
      "DELETE /zonalshifts/shift-2",
    ]);
    assert.equal(arc.shifts.size, 0);
  });

  it("never shifts away from a second zone", async () => {
    await leave("a");
    const outcome = await leave("b").catch((error: unknown) => error);
    assert.equal((outcome as FailoverError).code, "TRAFFIC_UNSAFE");
    assert.lengthOf(acts(), 2);
  });

  for (const isCarriedOut of [false, true]) {
    const when = isCarriedOut ? "after it was carried out" : "before it was carried out";
    it(`repeats a request that failed ${when}`, async () => {
      arc.failures.push({ status: 503, isCarriedOut });
      await leave("a");
      assert.equal(arc.shifts.size, 2);
      arc.failures.push({ status: 500, isCarriedOut });
      await shift.rejoin("a", signal);
      assert.equal(arc.shifts.size, 0);
    });
  }

  it("goes on where it was cut between two load balancers", async () => {
    arc.shifts.set("shift-1", { resourceIdentifier: resources[0] ?? "", awayFrom: "use1-az1" });
    assert.deepEqual(await shift.away(signal), [{ zone: "a", isWhole: false }]);
    await leave("a");
    assert.lengthOf(acts(), 1);
    assert.equal(arc.shifts.size, 2);
  });

  it("tells as much of the reason as AWS takes", async () => {
    await leave("a", "x".repeat(200));
    assert.include(acts()[0], `"comment":"${"x".repeat(128)}"`);
  });

  it("knows the zones of the deployment only, and tells others by their id", async () => {
    const outcome = await leave("c").catch((error: unknown) => error);
    assert.equal((outcome as FailoverError).code, "AWS_NOT_FOUND");
    arc.shifts.set("shift-1", { resourceIdentifier: resources[0] ?? "", awayFrom: "use1-az6" });
    assert.deepEqual(await shift.away(signal), [{ zone: "use1-az6", isWhole: false }]);
  });

  const refusals: readonly [status: number, code: string, attempts: number][] = [
    [403, "AWS_DENIED", 1],
    [429, "AWS_THROTTLED", 2],
    [503, "AWS_UNREACHABLE", 2],
  ];
  for (const [status, code, attempts] of refusals) {
    it(`says ${code} for ${status}, after ${attempts} attempts`, async () => {
      for (let n = 0; n < 2; n += 1) arc.failures.push({ status, isCarriedOut: false });
      const outcome = await leave("a").catch((error: unknown) => error);
      assert.instanceOf(outcome, FailoverError);
      assert.equal(outcome.code, code);
      assert.lengthOf(acts(), attempts);
    });
  }

  it("says AWS_UNREACHABLE where nobody listens", async () => {
    await new Promise((closed) => arc.server.close(closed));
    const outcome = await shift.away(signal).catch((error: unknown) => error);
    assert.equal((outcome as FailoverError).code, "AWS_UNREACHABLE");
  });
});
