import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { takeOperationLock } from "../../../failover/plan/operation-lock.ts";
import { temporaryDir } from "../stand-in-exchange.ts";

describe("Operation lock", () => {
  const directory = temporaryDir();
  const file = join(directory, "operations.lock");
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("lets one operation run at a time", () => {
    const unlock = takeOperationLock(directory);
    expect(() => takeOperationLock(directory)).to.throw(`process ${process.pid} runs`);
    unlock();
    takeOperationLock(directory)();
    expect(existsSync(file)).to.equal(false);
  });

  it("is taken over from a process that is gone", () => {
    const { pid } = spawnSync("true");
    writeFileSync(file, `${pid} 1\n`);
    takeOperationLock(directory)();
  });

  it("is taken over where another process has that pid now", () => {
    writeFileSync(file, `${process.pid} 1\n`);
    takeOperationLock(directory)();
  });

  it("is taken over where its file was torn", () => {
    writeFileSync(file, "");
    takeOperationLock(directory)();
  });
});
