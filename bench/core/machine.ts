// What a figure was measured on: without it a number says nothing.

import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

export interface Provenance {
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly command: string;
}

export function provenance(): Provenance {
  const processors = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return {
    machine: `${processors.length} x ${processors[0]?.model ?? "unknown"}, ${memoryGb} GB`,
    node: process.version,
    commit: commit(),
    command: `node ${process.argv.slice(1).join(" ").replace(`${process.cwd()}/`, "")}`,
  };
}

/** With a mark where the tree differs from the commit. */
function commit(): string {
  try {
    const hash = git("rev-parse", "--short", "HEAD");
    return git("status", "--porcelain", "--", "engine", "bench") === "" ? hash : `${hash}+changes`;
  } catch {
    return "unknown";
  }
}

function git(...words: string[]): string {
  return execFileSync("git", words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}
