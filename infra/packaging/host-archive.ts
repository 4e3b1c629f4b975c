// What an engine's host unpacks: the programs, the units that start them and the Node that runs them, as one
// archive whose bytes depend on nothing but its content, so that an unchanged engine is not deployed again.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InfraError } from "../errors.ts";
import { hostFiles } from "./host-files.ts";

/** Puts bundles together in `dir`, made anew, with the units and the start of a host. */
export function layOutHost(bundleDirs: readonly string[], dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  for (const from of bundleDirs) cpSync(from, dir, { recursive: true });
  for (const { path, text, mode } of hostFiles) {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  }
}

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
