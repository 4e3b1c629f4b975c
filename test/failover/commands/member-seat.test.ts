// castle member seat: looks before it writes, tells the same to programs as to people, and takes nobody's disk.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { temporaryDir } from "../stand-in-exchange.ts";
import { castle } from "./castle-process.ts";

describe("castle member seat", function () {
  // A process each.
  this.timeout(30_000);
  const directory = temporaryDir();
  const disk = join(directory, "engine-2");
  after(() => rmSync(directory, { recursive: true, force: true }));

  const seat = (incarnation: number, ...options: string[]) => {
    const of = ["--engine", "engine-2", "--incarnation", `${incarnation}`, "--shard", "demo"];
    return castle(["member", "seat", disk, ...of, ...options]);
  };
  const about = { verb: "member seat", directory: disk, engine: "engine-2", shard: "demo" };

  it("makes nothing under --dry-run", async () => {
    const { exitCode, json } = await seat(2, "--dry-run", "--json");
    expect(exitCode).to.equal(0);
    expect(json).to.deep.equal({ ...about, incarnation: 2, wasThere: false, isDryRun: true });
    expect(existsSync(disk)).to.equal(false);
    expect((await seat(2, "--dry-run")).stdout).to.contain(
      "would become the disk of incarnation 2",
    );
  });

  it("makes the disk, once, and refuses it to another incarnation", async () => {
    const first = await seat(2, "--json");
    expect(first.json).to.deep.equal({ ...about, incarnation: 2, wasThere: false, isDone: true });
    const written = readFileSync(join(disk, "seat.json"), "utf8");
    expect((await seat(2, "--json")).json).to.include({ wasThere: true, isDone: true });
    for (const options of [["--json"], ["--dry-run", "--json"]]) {
      const { exitCode, json } = await seat(3, ...options);
      expect(exitCode).to.equal(2);
      expect(json.error.code).to.equal("VERSION_MISMATCH");
    }
    expect(readFileSync(join(disk, "seat.json"), "utf8")).to.equal(written);
  });
});
