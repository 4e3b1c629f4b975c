// The launcher `./castle` in a scratch clone: stand-ins for node, npm and the packaged Node 22 tell
// what they were asked to do.

import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const launcher = fileURLToPath(new URL("../../castle", import.meta.url));

describe("Launcher", () => {
  let clone: string;
  let bin: string;

  const program = (path: string, body: string) => {
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  };
  const castle = (args: string[], { path = `${bin}:/usr/bin:/bin`, from = clone } = {}) => {
    const { status, stdout, stderr } = spawnSync(join(clone, "castle"), args, {
      cwd: from,
      encoding: "utf8",
      env: { PATH: path },
    });
    return { status, stdout, stderr };
  };
  const npmCalls = () =>
    existsSync(join(clone, "npm-calls")) ? readFileSync(join(clone, "npm-calls"), "utf8") : "";

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), "castle-clone-"));
    bin = join(clone, "bin");
    mkdirSync(bin);
    cpSync(launcher, join(clone, "castle"));
    writeFileSync(join(clone, "package-lock.json"), "{}");
    program(join(bin, "node"), "echo v20.11.0");
    // What npm ci leaves behind: a Node 22 that says what it was started with.
    program(
      join(bin, "npm"),
      `echo "$@" >> '${clone}/npm-calls'
rm -rf node_modules; mkdir -p node_modules/node/bin
case "$*" in *omit=dev*) ;; *) mkdir node_modules/mocha;; esac
printf '#!/bin/sh\\necho "$@"\\n' > node_modules/node/bin/node; chmod +x node_modules/node/bin/node`,
    );
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  it("installs what is missing, without a word on stdout, and hands over", () => {
    const { status, stdout, stderr } = castle(["up", "--data", "a b"]);
    expect(status).to.equal(0);
    expect(stdout).to.equal(`${join(clone, "castle.ts")} up --data a b\n`);
    expect(stderr).to.contain("installing");
    expect(npmCalls()).to.match(/^ci .*--omit=dev\n$/);
  });

  it("installs nothing a second time, until the lock changes", () => {
    castle(["up"]);
    expect(castle(["up"]).stderr).to.equal("");
    expect(npmCalls().trim().split("\n")).to.have.length(1);
    writeFileSync(join(clone, "package-lock.json"), '{"changed":true}');
    castle(["up"]);
    expect(npmCalls().trim().split("\n")).to.have.length(2);
  });

  it("adds the development packages for the tests", () => {
    castle(["up"]);
    castle(["test"]);
    castle(["test"]);
    castle(["up"]);
    writeFileSync(join(clone, "package-lock.json"), '{"changed":true}');
    castle(["up"]);
    const [first, second, afterChange, ...more] = npmCalls().trim().split("\n");
    expect(first).to.contain("--omit=dev");
    expect(second).not.to.contain("--omit=dev");
    // Who had them keeps them.
    expect(afterChange).not.to.contain("--omit=dev");
    expect(more).to.deep.equal([]);
  });

  it("works through a symlink, from anywhere", () => {
    symlinkSync("../castle", join(bin, "link"));
    const stdout = execFileSync(join(bin, "link"), ["status"], {
      cwd: "/",
      encoding: "utf8",
      env: { PATH: `${bin}:/usr/bin:/bin` },
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(stdout).to.equal(`${join(clone, "castle.ts")} status\n`);
  });

  const refusals = [
    ["NODE_TOO_OLD", () => program(join(bin, "node"), "echo v18.19.1")],
    ["INSTALL_FAILED", () => program(join(bin, "npm"), "exit 1")],
  ] as const;
  for (const [code, arrange] of refusals) {
    it(`ends with one clear line and exit code 2: ${code}`, () => {
      arrange();
      const { status, stdout, stderr } = castle(["up", "--json"]);
      expect(status).to.equal(2);
      expect(stderr).to.match(new RegExp(`^error: .*\\(${code}\\)$`, "m"));
      expect(JSON.parse(stdout).error.code).to.equal(code);
    });
  }

  it("says which program is missing", () => {
    const tools = join(clone, "tools");
    mkdirSync(tools);
    for (const tool of ["sh", "dirname", "cmp", "sed", "readlink"]) {
      symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(tools, tool));
    }
    const { status, stderr } = castle(["up"], { path: tools });
    expect(status).to.equal(2);
    expect(stderr).to.contain("NODE_MISSING");
    cpSync(join(bin, "node"), join(tools, "node"));
    expect(castle(["up"], { path: tools }).stderr).to.contain("NPM_MISSING");
  });
});
