import { assert } from "chai";
import { AuroraDatabase } from "../../../failover/adapters/aurora-database.ts";
import { FailoverError } from "../../../failover/errors.ts";
import { FakeRds } from "./fake-rds.ts";
import {
  networkError,
  type Script,
  type Sent,
  StandInNetwork,
  xmlError,
} from "./recording-handler.ts";

const signal = new AbortController().signal;
const east = "arn:aws:rds:eu-west-1:1:cluster:east";
const west = "arn:aws:rds:eu-central-1:1:cluster:west";

function database(network: StandInNetwork, moveTimeoutMs = 100): AuroraDatabase {
  return new AuroraDatabase({
    ...network.access,
    globalClusterId: "castle",
    clusters: {
      east: { arn: east, awsRegion: "eu-west-1" },
      west: { arn: west, awsRegion: "eu-central-1" },
    },
    moveTimeoutMs,
    pollMs: 1,
  });
}

const regionOf = ({ authorization }: Sent): string => authorization.split("/")[2] ?? "";
const formOf = ({ body }: Sent) => Object.fromEntries(new URLSearchParams(body));
const movesOf = (network: StandInNetwork) =>
  network.sent.filter(({ body }) => /Action=(Switchover|Failover)/.test(body));

async function failure(work: Promise<unknown>): Promise<FailoverError> {
  const outcome = await work.catch((error: unknown) => error);
  assert.instanceOf(outcome, FailoverError);
  return outcome;
}

describe("AuroraDatabase", () => {
  it("fails over from the region that lives: no request goes to the lost one", async () => {
    const fake = new FakeRds([east, west]);
    const network = new StandInNetwork(fake.answer);
    await database(network).promote({ region: "west", mode: "failover" }, signal);
    assert.deepEqual([...new Set(network.sent.map(regionOf))], ["eu-central-1"]);
    assert.deepEqual(movesOf(network).map(formOf), [
      {
        Action: "FailoverGlobalCluster",
        Version: "2014-10-31",
        GlobalClusterIdentifier: "castle",
        TargetDbClusterIdentifier: west,
        AllowDataLoss: "true",
      },
    ]);
    assert.equal(fake.writer, west);
  });

  it("asks the writer's region for a switchover, and allows no loss", async () => {
    const network = new StandInNetwork(new FakeRds([east, west]).answer);
    await database(network).promote({ region: "west", mode: "switchover" }, signal);
    assert.deepEqual(movesOf(network).map(regionOf), ["eu-west-1"]);
    assert.deepEqual(movesOf(network).map(formOf), [
      {
        Action: "SwitchoverGlobalCluster",
        Version: "2014-10-31",
        GlobalClusterIdentifier: "castle",
        TargetDbClusterIdentifier: west,
      },
    ]);
  });

  it("waits for a move that somebody else began, and begins none", async () => {
    const fake = new FakeRds([east, west]);
    fake.moving = { to: west, isLossAllowed: false, looksLeft: 3 };
    const network = new StandInNetwork(fake.answer);
    await database(network).promote({ region: "west", mode: "switchover" }, signal);
    assert.lengthOf(movesOf(network), 0);
    assert.equal(fake.writer, west);
  });

  it("waits for a move to elsewhere, then begins its own", async () => {
    const fake = new FakeRds([east, west]);
    fake.writer = west;
    fake.moving = { to: east, isLossAllowed: false, looksLeft: 2 };
    await database(new StandInNetwork(fake.answer)).promote(
      { region: "west", mode: "switchover" },
      signal,
    );
    assert.equal(fake.writer, west);
    assert.deepEqual(fake.moves, [`SwitchoverGlobalCluster ${west}`]);
  });

  it("gives up after its time; the move goes on, and a repeat waits for it", async () => {
    const fake = new FakeRds([east, west], 6);
    const network = new StandInNetwork(fake.answer);
    const request = { region: "west", mode: "failover" } as const;
    assert.equal(
      (await failure(database(network, 3).promote(request, signal))).code,
      "DATABASE_NOT_MOVED",
    );
    await database(network).promote(request, signal);
    assert.lengthOf(fake.moves, 1);
  });

  it("says the same when its caller's time is up while it waits", async () => {
    const fake = new FakeRds([east, west], 1000);
    const caller = new AbortController();
    let looks = 0;
    const network = new StandInNetwork((sent) => {
      looks += 1;
      // While the next look is waited for.
      if (looks === 4) setImmediate(() => caller.abort());
      return fake.answer(sent);
    });
    const request = { region: "west", mode: "failover" } as const;
    const promoted = database(network, 60_000).promote(request, caller.signal);
    const { code } = await failure(promoted);
    assert.include(["DATABASE_NOT_MOVED", "AWS_UNREACHABLE"], code);
    assert.lengthOf(fake.moves, 1);
  });

  it("finds the writer and its endpoint from the region that answers", async () => {
    const fake = new FakeRds([east, west]);
    fake.writer = west;
    const lost: Script = (sent) =>
      regionOf(sent) === "eu-west-1" ? networkError("ECONNREFUSED") : fake.answer(sent);
    const found = database(new StandInNetwork(lost));
    assert.equal(await found.writerRegion(signal), "west");
    assert.equal(await found.writerEndpoint(signal), `${west}.test`);
  });

  const refusals: readonly [name: string, code: string][] = [
    ["AccessDenied", "AWS_DENIED"],
    ["GlobalClusterNotFoundFault", "AWS_NOT_FOUND"],
    ["InvalidParameterValue", "AWS_FAILED"],
  ];
  for (const [name, code] of refusals) {
    it(`says ${code} for ${name}`, async () => {
      const network = new StandInNetwork(() => xmlError(name, "no"));
      const promoted = database(network).promote({ region: "west", mode: "failover" }, signal);
      assert.equal((await failure(promoted)).code, code);
    });
  }
});
