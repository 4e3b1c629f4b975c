// Two versions of the code at once: the newer one is a copy of the source in which one command is of
// a later version. It joins as standby, takes over, and may use the command once all know it; the
// older one then stays out.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { EngineCluster } from "../../../support/engine-cluster.ts";
import type { LedgerClient } from "../../../support/ledger-client.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The source with the next command version, in which `tick` is as if it were new. */
function nextVersion(): string {
  const copy = mkdtempSync(join(tmpdir(), "castle-next-"));
  for (const part of ["engine", "failover", "test/support", "package.json"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const file = join(copy, "engine/core/command-layout.ts");
  const text = readFileSync(file, "utf8");
  const version = Number(/COMMAND_VERSION = (\d+);/.exec(text)?.[1]) + 1;
  const kinds = 'COMMAND_KIND_VERSION: Partial<Record<Command["kind"], number>> = {';
  const changed = text
    .replace(/COMMAND_VERSION = \d+;/, `COMMAND_VERSION = ${version};`)
    .replace(kinds, `${kinds} tick: ${version},`);
  expect(changed).to.include(`tick: ${version}`);
  writeFileSync(file, changed);
  return copy;
}

describe("Rolling upgrade", function () {
  // Engines of two versions start, one after the other.
  this.timeout(60_000);
  let copy: string;
  let cluster: EngineCluster;
  let client: LedgerClient;

  before(async () => {
    copy = nextVersion();
    cluster = await EngineCluster.start();
    const next = (await import(join(copy, "test/support/ledger-client.ts"))) as {
      LedgerClient: typeof LedgerClient;
    };
    client = await next.LedgerClient.connect(cluster.config);
  });
  after(async () => {
    client?.close();
    await cluster?.remove();
    rmSync(copy, { recursive: true, force: true });
  });

  /** What a gateway of the new version is told. */
  async function tick(): Promise<string> {
    await client.current();
    try {
      client.exchange.submit({ kind: "tick" });
      await client.settled();
      return "sequenced";
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  async function bothServe(): Promise<void> {
    client.deposit(100);
    await client.settled();
    expect(client.balance).to.equal(client.submitted);
  }

  it("refuses what only some know, and uses it when all do", async () => {
    const newMain = join(copy, "engine/engine-main.ts");
    const first = await cluster.whole();
    const [old, other] = first.node === "engine-1" ? ([1, 2] as const) : ([2, 1] as const);
    expect(await tick()).to.equal("UNSUPPORTED_COMMAND");

    await cluster.end(other, "SIGTERM");
    cluster.useMain(other, newMain);
    cluster.run(other);
    const joined = await cluster.whole();
    expect(joined.node).to.equal(first.node);
    await bothServe();
    expect(await tick()).to.equal("UNSUPPORTED_COMMAND");

    await cluster.end(old, "SIGTERM");
    await cluster.until(({ node }) => node === `engine-${other}`);
    await bothServe();
    expect(await tick()).to.equal("UNSUPPORTED_COMMAND");

    cluster.useMain(old, newMain);
    cluster.run(old);
    await cluster.whole();
    await bothServe();
    expect(await tick()).to.equal("sequenced");
  });

  it("keeps the older version out of a journal that it cannot execute", async () => {
    const before = await cluster.whole();
    const leader = before.node === "engine-1" ? 1 : 2;
    const other = leader === 1 ? 2 : 1;
    await cluster.end(other, "SIGTERM");
    cluster.useMain(other, join(root, "engine/engine-main.ts"));
    // What it has to execute comes after its own checkpoint.
    expect(await tick()).to.equal("sequenced");
    cluster.run(other);
    expect(await cluster.ended(other)).to.equal(2);
    expect(cluster.logOf(other)).to.match(/error: .*upgrade this node \(VERSION_MISMATCH\)/);
    const after = await cluster.until(() => true);
    expect(after).to.include({ node: before.node, epoch: before.epoch });
    await bothServe();

    cluster.useMain(other, join(copy, "engine/engine-main.ts"));
    cluster.run(other);
    await cluster.whole();
    await bothServe();
  });
});
