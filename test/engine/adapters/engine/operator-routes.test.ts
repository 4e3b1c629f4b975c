// The operators' routes on two real engines with a real Redis.

import { expect } from "chai";
import { EnginePair } from "../../../support/engine-pair.ts";

describe("Operators' routes", function () {
  // A real Redis is started, and engines are started again.
  this.timeout(20_000);
  let pair: EnginePair;
  before(async () => {
    pair = await EnginePair.start();
  });
  after(() => pair.stop());

  it("let nobody in without the token", async () => {
    for (const token of [null, "", "another-token-of-somebody"]) {
      const { code, answer } = await pair.ask(1, "pause", {}, token);
      expect([code, answer.code]).to.deep.equal([403, "FORBIDDEN"]);
    }
    expect(pair.status(1).isPaused).to.equal(false);
  });

  it("refuse what is no request", async () => {
    expect((await pair.ask(1, "dance")).code).to.equal(404);
    expect((await pair.ask(1, "pause", { by: "" })).code).to.equal(400);
    expect((await pair.ask(1, "pause", { more: 1 })).code).to.equal(400);
    expect((await pair.ask(1, "force", { acceptLoss: false })).code).to.equal(400);
  });

  it("know no region without a configuration of one", async () => {
    for (const [verb, body] of [
      ["region", { role: "active", term: 1 }],
      ["drain", { term: 1 }],
    ] as const) {
      const { code, answer } = await pair.ask(1, verb, body);
      expect([code, answer.code]).to.deep.equal([409, "NO_REGION"]);
    }
  });

  it("hand over to the standby", async () => {
    const primary = await pair.primary(2);
    const standby = primary === 1 ? 2 : 1;
    const refused = await pair.ask(standby, "switchover");
    expect([refused.code, refused.answer.code]).to.deep.equal([409, "NOT_SERVING"]);
    const { code, answer } = await pair.ask(primary, "switchover");
    expect([code, answer.isDone]).to.deep.equal([200, true]);
    await pair.until(() => pair.status(standby).isServing);
    expect(pair.decisions(primary)).to.include.members(["HANDING_OVER", "DEPOSED"]);
  });

  it("set the trading status of one symbol and of all", async () => {
    const primary = await pair.primary(2);
    const standby = primary === 1 ? 2 : 1;
    const statuses = () =>
      pair
        .engine(standby)
        .core.instruments()
        .map(({ name, status }) => `${name} ${status}`);
    const one = await pair.ask(primary, "tradingStatus", { symbol: "BTCUSDT", status: "halt" });
    expect(one.answer.isDone).to.equal(true);
    await pair.until(() => statuses().join() === "BTCUSDT halt,XBTUSDT trading");
    await pair.ask(primary, "tradingStatus", { status: "cancelOnly" });
    await pair.until(() => statuses().join() === "BTCUSDT cancelOnly,XBTUSDT cancelOnly");
    const unknown = await pair.ask(primary, "tradingStatus", { symbol: "NOPE", status: "halt" });
    expect(unknown.answer.code).to.equal("UNKNOWN_SYMBOL");
    const elsewhere = await pair.ask(standby, "tradingStatus", { status: "halt" });
    expect(elsewhere.answer.code).to.equal("NOT_SERVING");
  });

  it("keep a paused standby from standing, also after a restart, until it is resumed", async () => {
    const primary = await pair.primary(2);
    const standby = primary === 1 ? 2 : 1;
    await pair.ask(standby, "pause");
    await pair.stopEngine(standby);
    await pair.startEngine(standby);
    expect(pair.status(standby).isPaused).to.equal(true);
    await pair.primary(2);
    const epoch = pair.status(standby).epoch;
    await pair.stopEngine(primary);
    const suspected = () => pair.status(standby).decisions.some(({ code }) => code === "SUSPECTED");
    await pair.until(suspected);
    expect(pair.status(standby).epoch).to.equal(epoch);
    const { answer } = await pair.ask(standby, "resume");
    expect(answer.isDone).to.equal(true);
    await pair.until(() => pair.status(standby).isServing);
    await pair.startEngine(primary);
    expect(await pair.primary(2)).to.equal(standby);
  });

  it("let a paused standby stand for a dead primary, and no other, when an operator says so", async () => {
    const primary = await pair.primary(2);
    const standby = primary === 1 ? 2 : 1;
    await pair.ask(standby, "pause");
    const early = await pair.ask(standby, "stand");
    expect([early.code, early.answer.code]).to.deep.equal([409, "PRIMARY_ALIVE"]);
    await pair.stopEngine(primary);
    let asked = await pair.ask(standby, "stand");
    while (!asked.answer.isDone) asked = await pair.ask(standby, "stand");
    expect(pair.status(standby)).to.include({ isServing: true, isPaused: true });
    await pair.ask(standby, "resume");
    await pair.startEngine(primary);
    expect(await pair.primary(2)).to.equal(standby);
  });

  it("depose a fenced primary for good, and let it serve again when it is unfenced", async () => {
    const primary = await pair.primary(2);
    const standby = primary === 1 ? 2 : 1;
    await pair.ask(primary, "fence");
    await pair.until(() => pair.status(standby).isServing && !pair.status(primary).isServing);
    await pair.primary(2);
    const refused = await pair.ask(standby, "switchover");
    expect(refused.answer.code).to.equal("PEER_FENCED");
    await pair.stopEngine(primary);
    await pair.startEngine(primary);
    expect(pair.status(primary).isFenced).to.equal(true);
    await pair.primary(2);
    await pair.ask(primary, "unfence");
    // A new life of the engine, which the primary has to bring up first.
    await pair.until(() => !pair.engine(standby).replica.peer.isFenced);
    await pair.primary(2);
    let moved = await pair.ask(standby, "switchover");
    while (moved.answer.code === "PEER_NOT_IN_SYNC") moved = await pair.ask(standby, "switchover");
    expect([moved.code, moved.answer.code]).to.deep.equal([200, undefined]);
    await pair.until(() => pair.status(primary).isServing);
    expect(pair.decisions(primary)).to.include.members(["FENCED", "UNFENCED"]);
  });

  it("force an engine that is left alone, until the others are back", async () => {
    const primary = await pair.primary(2);
    const standby = primary === 1 ? 2 : 1;
    const early = await pair.ask(standby, "force", { acceptLoss: true });
    expect(early.answer.code).to.equal("PRIMARY_ALIVE");
    await pair.redis.stop();
    await pair.stopEngine(primary);
    let asked = await pair.ask(standby, "force", { acceptLoss: true });
    while (!asked.answer.isDone) asked = await pair.ask(standby, "force", { acceptLoss: true });
    expect(pair.status(standby)).to.include({ isServing: true, isAlone: true });
    const set = await pair.ask(standby, "tradingStatus", { status: "halt" });
    expect(set.answer.isDone).to.equal(true);
    await pair.redis.start();
    await pair.startEngine(primary);
    await pair.until(() => pair.status(standby).inSync.length === 2);
    expect(pair.status(standby).isAlone).to.equal(false);
    expect(pair.decisions(standby)).to.include.members(["FORCED", "FORCE_ENDED"]);
  });
});
