// What castle reopen says of where symbols stand, which of them it leaves alone, and what it refuses.

import { expect } from "chai";
import { buildPlan } from "../../../failover/operations/build-plan.ts";
import { isRefused } from "../../../failover/operations/checks.ts";
import {
  proposeTradingStatus,
  type StatusWish,
} from "../../../failover/operations/propose-status.ts";
import { look } from "../../../failover/view.ts";
import { MemoryWorld } from "./memory-world.ts";

const known = ["BTCUSDT", "ETHUSDT", "ETHBTC"];

async function propose(
  present: Readonly<Record<string, string>>,
  status: StatusWish["status"],
  symbols: readonly string[] = known,
) {
  const world = await MemoryWorld.opened();
  for (const [symbol, has] of Object.entries(present)) world.statuses.set(symbol, has);
  const view = await look(world.ports(), AbortSignal.timeout(900));
  return { world, proposal: proposeTradingStatus(view, { symbols, known, status }) };
}

const texts = (checks: readonly { readonly id: string; readonly text: string }[], id: string) =>
  checks.filter((check) => check.id === id).map(({ text }) => text);

describe("Trading status", () => {
  it("is shown for each symbol before it is changed", async () => {
    const present = { BTCUSDT: "halt", ETHUSDT: "cancelOnly", ETHBTC: "halt" };
    const { world, proposal } = await propose(present, "auction");
    expect(texts(proposal.checks, "present")).to.deep.equal([
      "halt now: BTCUSDT, ETHBTC",
      "cancelOnly now: ETHUSDT",
    ]);
    if (proposal.kind !== "plan") throw new Error("a plan");
    expect(proposal.parameters).to.deep.include({ symbols: known, present });
    const who = { by: "test", reason: "a test" };
    const { steps } = buildPlan("reopen", proposal.parameters, world.ports(), who);
    expect(steps.map(({ what }) => what.split(":")[0])).to.deep.equal([
      "BTCUSDT goes from halt to auction",
      "ETHUSDT goes from cancelOnly to auction",
      "ETHBTC goes from halt to auction",
    ]);
  });

  it("is left alone where a symbol has it already", async () => {
    const { proposal } = await propose(
      { BTCUSDT: "trading", ETHUSDT: "halt", ETHBTC: "trading" },
      "trading",
    );
    expect(proposal.kind === "plan" && proposal.parameters).to.deep.include({
      symbols: ["ETHUSDT"],
    });
  });

  it("is nothing to do where all have it", async () => {
    const { proposal } = await propose({ BTCUSDT: "halt" }, "halt", ["BTCUSDT"]);
    expect(proposal).to.deep.include({
      ...{ kind: "nothing", sentence: "status of BTCUSDT is halt already" },
    });
    expect(texts(proposal.checks, "present")).to.deep.equal(["halt now: BTCUSDT"]);
  });

  it("is not taken for known where no primary tells it", async () => {
    const { proposal } = await propose({}, "halt", ["BTCUSDT"]);
    expect(proposal.kind).to.equal("plan");
    expect(texts(proposal.checks, "present")[0]).to.contain("status not known");
  });

  const transitions: readonly [from: string, to: StatusWish["status"], outcome: string][] = [
    ["uncrossing", "halt", "refused"],
    ["uncrossing", "cancelOnly", "refused"],
    ["uncrossing", "auction", "refused"],
    ["uncrossing", "trading", "goes"],
    ["auction", "halt", "warned"],
    ["auction", "cancelOnly", "warned"],
    ["auction", "trading", "goes"],
    ["halt", "trading", "goes"],
    ["trading", "auction", "goes"],
    ["cancelOnly", "halt", "goes"],
  ];
  for (const [from, to, outcome] of transitions) {
    it(`from ${from} to ${to} is ${outcome}`, async () => {
      const { proposal } = await propose({ BTCUSDT: from }, to, ["BTCUSDT"]);
      const isWarned = proposal.checks.some(({ level }) => level === "warn");
      const found = isRefused(proposal.checks) ? "refused" : isWarned ? "warned" : "goes";
      expect(found).to.equal(outcome);
    });
  }

  it("of no symbol that there is not", async () => {
    const failure = await propose({}, "halt", ["DOGE"]).catch((error: Error) => error.message);
    expect(failure).to.contain("there is no symbol DOGE");
  });
});
