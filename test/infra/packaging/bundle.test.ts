// Each bundle starts by itself: copied to an empty folder, it says what it lacks.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { buildBundle, bundles } from "../../../infra/packaging/bundle.ts";
import { packHost } from "../../../infra/packaging/host-archive.ts";

describe("Bundles", function () {
  this.timeout(60_000);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "castle-bundle-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const start = (program: string, cwd: string, node = process.execPath) =>
    spawnSync(node, [program], { cwd, encoding: "utf8", env: { PATH: "/usr/bin:/bin" } });

  for (const bundle of bundles) {
    it(`${bundle.name} runs where nothing else is, and says how to start it`, async () => {
      await buildBundle(bundle, join(dir, "built"));
      cpSync(join(dir, "built"), join(dir, "host"), { recursive: true });
      const { status, stdout, stderr } = start(`${bundle.name}.mjs`, join(dir, "host"));
      expect(`${stdout}${stderr}`).to.match(/--config|CASTLE_ENDPOINTS/);
      expect(status).to.equal(2);
    });
  }

  it("packs a host's archive with a Node of its own", async () => {
    const [engine] = bundles;
    if (engine === undefined) throw new Error("there is no bundle");
    await buildBundle(engine, join(dir, "built"));
    packHost(join(dir, "built"), process.execPath, join(dir, "host.tar.gz"));
    const { status } = spawnSync("tar", ["-xzf", join(dir, "host.tar.gz"), "-C", dir]);
    expect(status).to.equal(0);
    expect(start("engine.mjs", dir, join(dir, "bin", "node")).status).to.equal(2);
  });

  it("packs the same bytes each time", () => {
    const node = join(dir, "node");
    writeFileSync(node, "stands in for a hundred megabytes");
    const archives = ["one", "other"].map((name) => {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, "engine.mjs"), "engine");
      packHost(join(dir, name), node, join(dir, `${name}.tar.gz`));
      return readFileSync(join(dir, `${name}.tar.gz`), "base64");
    });
    expect(archives[0]).to.equal(archives[1]);
  });
});
