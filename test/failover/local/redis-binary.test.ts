import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ensureRedis, findRedis, parseVersion } from "../../../failover/local/redis-binary.ts";

describe("Redis program", () => {
  const dir = mkdtempSync(join(tmpdir(), "castle-test-"));
  const path = process.env.PATH;
  const program = (name: string, body: string) =>
    writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const install = (name: string, says: string) => program(name, `echo '${says}'`);

  beforeEach(() => {
    for (const name of readdirSync(dir)) rmSync(join(dir, name));
    process.env.PATH = dir;
  });
  afterEach(() => {
    process.env.PATH = path;
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const versions = [
    ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", 7],
    ["Valkey server v=9.1.0 sha=00000000:0", 9],
    ["# Server\r\nredis_version:6.2.14\r\nredis_mode:standalone", 6],
    ["sh: not found", undefined],
  ] as const;
  for (const [text, major] of versions) {
    it(`reads version ${major} from "${text.slice(0, 19).trim()}"`, () => {
      expect(parseVersion(text)?.major).to.equal(major);
    });
  }

  it("is not there where the PATH has none", () => {
    expect(findRedis()).to.equal(undefined);
  });

  it("may be Valkey where Redis is too old", () => {
    install("redis-server", "Redis server v=6.0.16 sha=0");
    install("valkey-server", "Valkey server v=8.0.1 sha=0");
    expect(findRedis()).to.deep.equal({ command: "valkey-server", version: "8.0.1" });
  });

  const ensured = () =>
    ensureRedis(() => {}).then(
      ({ version }) => version,
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );

  it("is installed by the package manager, whose service is not to run", async () => {
    for (const tool of ["sh", "env", "chmod", "cat"]) symlinkSync(`/bin/${tool}`, join(dir, tool));
    program("sudo", 'shift; exec "$@"');
    program("true", "exit 0");
    program("systemctl", `echo "systemctl $*" >> ${dir}/calls`);
    program(
      "apt-get",
      `case "$1" in --version) exit 0;; esac
echo "apt-get $* RUNLEVEL=$RUNLEVEL" >> ${dir}/calls
[ "$1" = install ] || exit 0
echo '#!/bin/sh' > ${dir}/redis-server; echo 'echo v=7.0.15' >> ${dir}/redis-server
chmod +x ${dir}/redis-server`,
    );
    expect(await ensured()).to.equal("7.0.15");
    expect(readFileSync(join(dir, "calls"), "utf8").trim().split("\n")).to.deep.equal([
      "apt-get update -q RUNLEVEL=1",
      "apt-get install -q -y --no-install-recommends redis-server RUNLEVEL=1",
      "systemctl disable --now redis-server",
    ]);
  });

  it("is missing, with the exact command, where nothing may be installed", async () => {
    const answer = await ensured();
    expect(answer).to.match(/^REDIS_MISSING: /);
    expect(answer).to.contain("apt-get install -y --no-install-recommends redis-server");
  });

  it("is refused where all there is is too old", () => {
    install("redis-server", "Redis server v=6.0.16 sha=0");
    expect(() => findRedis())
      .to.throw("redis-server 6.0.16")
      .with.property("code", "REDIS_TOO_OLD");
  });
});
