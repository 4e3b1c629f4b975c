// What an engine's host unpacks: the program and the Node that runs it, as one archive whose bytes depend on
// nothing but its content, so that an unchanged engine is not deployed again.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { InfraError } from "../errors.ts";

/** Adds Node to the bundle in `dir`, and packs it into `file`. */
export function packHost(dir: string, nodeBinary: string, file: string): void {
  mkdirSync(join(dir, "bin"), { recursive: true });
  cpSync(nodeBinary, join(dir, "bin", "node"), { dereference: true });
  chmodSync(join(dir, "bin", "node"), 0o755);
  const sameEachTime = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  const { status, stderr, error } = spawnSync(
    "tar",
    [...sameEachTime, "--use-compress-program=gzip -1 -n", "-cf", file, "-C", dir, "."],
    { encoding: "utf8" },
  );
  if (status !== 0) {
    const why = error?.message ?? stderr.trim();
    throw new InfraError("ARTEFACT_MISSING", `tar could not pack ${dir}: ${why}`);
  }
}
