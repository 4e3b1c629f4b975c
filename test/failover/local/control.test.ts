import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { askSupervisor, controlPath, openControl } from "../../../failover/local/control.ts";
import { forward, throughSupervisor } from "../../../failover/local/forward.ts";
import { temporaryDir } from "../stand-in-exchange.ts";

describe("Control", () => {
  const dataDir = temporaryDir();
  after(() => rmSync(dataDir, { recursive: true, force: true }));
  const handlers = { status: async () => ({ isServing: true }), stop: () => {} };

  async function codeOf(attempt: Promise<unknown>): Promise<string> {
    return attempt.then(
      () => "none",
      (error: { code: string }) => error.code,
    );
  }

  it("answers for the directory until it is closed", async () => {
    const control = await openControl(dataDir, handlers);
    expect(await askSupervisor(dataDir, "GET", "/status", 1_000)).to.deep.equal({
      isServing: true,
    });
    await control.close();
    expect(await codeOf(askSupervisor(dataDir, "GET", "/status", 1_000))).to.equal("NOT_RUNNING");
  });

  it("hands requests on to the nodes' status ports, and to nothing else", async () => {
    const node = createServer((request, response) => response.end(`${request.method} heard`));
    await new Promise<void>((done) => node.listen(0, "127.0.0.1", done));
    const statusUrl = `http://127.0.0.1:${(node.address() as { port: number }).port}`;
    const nodes = [{ name: "engine-1", kind: "engine" as const, zone: "a" as const, statusUrl }];
    const control = await openControl(dataDir, {
      ...handlers,
      forward: (asked) => forward(nodes, asked),
    });
    const ask = (url: string) =>
      throughSupervisor(dataDir, { url, method: "POST", headers: {}, body: "{}" });
    expect(await ask(`${statusUrl}/admin/pause`)).to.deep.equal({
      kind: "answered",
      value: { code: 200, text: "POST heard" },
    });
    expect((await ask("http://127.0.0.1:1/admin/pause")).kind).to.equal("unreachable");
    node.close();
    await control.close();
  });

  it("is one at a time", async () => {
    const control = await openControl(dataDir, handlers);
    expect(await codeOf(openControl(dataDir, handlers))).to.equal("ALREADY_RUNNING");
    await control.close();
  });

  it("takes over what a killed supervisor left", async () => {
    writeFileSync(controlPath(dataDir), "");
    const control = await openControl(dataDir, handlers);
    expect(await askSupervisor(dataDir, "GET", "/status", 1_000)).to.deep.equal({
      isServing: true,
    });
    await control.close();
  });

  it("has an address that fits a socket however deep the directory is", () => {
    const deep = join(dataDir, ...Array.from({ length: 20 }, () => "directory"));
    expect(Buffer.byteLength(controlPath(deep))).to.be.lessThan(101);
    expect(controlPath(deep)).not.to.equal(controlPath(`${deep}2`));
  });
});
