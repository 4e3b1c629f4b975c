import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { lockDirectory } from "../../../../engine/adapters/storage/directory-lock.ts";

const lockModule = new URL("../../../../engine/adapters/storage/directory-lock.ts", import.meta.url)
  .href;

/** Another process that holds the lock until it is killed; resolves when it does. */
async function holder(dir: string): Promise<ChildProcess> {
  const program = `import { lockDirectory } from ${JSON.stringify(lockModule)};
    await lockDirectory(process.argv[1]);
    setInterval(() => {}, 1000);
    console.log("held");`;
  const args = ["--input-type=module", "-e", program, dir];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

const refusal = (dir: string) =>
  lockDirectory(dir).then(
    () => "held",
    (error: { code: string }) => error.code,
  );

describe("DirectoryLock", function () {
  // Other processes of Node start.
  this.timeout(10_000);
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "castle-lock-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("is held by one process at a time", async () => {
    const child = await holder(dir);
    expect(await refusal(dir)).to.equal("DIRECTORY_IN_USE");
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    const lock = await lockDirectory(dir);
    expect(await refusal(dir)).to.equal("DIRECTORY_IN_USE");
    lock.release();
    expect(readdirSync(dir)).to.deep.equal([]);
  });

  it("is held by one that is stopped: it may go on", async () => {
    const child = await holder(dir);
    child.kill("SIGSTOP");
    expect(await refusal(dir)).to.equal("DIRECTORY_IN_USE");
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });

  it("passes to one of many that find what a dead process left", async () => {
    const child = await holder(dir);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => refusal(dir)));
    expect(outcomes.filter((outcome) => outcome === "held")).to.have.length(1);
    expect(new Set(outcomes)).to.deep.equal(new Set(["held", "DIRECTORY_IN_USE"]));
  });

  it("passes on from what a restart of the machine left: a file that nobody listens on", async () => {
    writeFileSync(join(dir, "lock.sock"), "");
    const lock = await lockDirectory(dir);
    lock.release();
  });

  it("works in a folder whose path is longer than a socket's may be", async () => {
    const deep = join(dir, "d".repeat(100), "e".repeat(100));
    mkdirSync(deep, { recursive: true });
    const lock = await lockDirectory(deep);
    expect(await refusal(deep)).to.equal("DIRECTORY_IN_USE");
    lock.release();
  });
});
