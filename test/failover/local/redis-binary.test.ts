import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findRedis, parseVersion } from "../../../failover/local/redis-binary.ts";

describe("Redis program", () => {
  const dir = mkdtempSync(join(tmpdir(), "castle-test-"));
  const path = process.env.PATH;
  const install = (name: string, says: string) =>
    writeFileSync(join(dir, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });

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

  it("is refused where all there is is too old", () => {
    install("redis-server", "Redis server v=6.0.16 sha=0");
    expect(() => findRedis())
      .to.throw("redis-server 6.0.16")
      .with.property("code", "REDIS_TOO_OLD");
  });
});
