// What configurations tell before anything fails: fsync, timing, copies of a file that differ. Pure.

import type { ExchangeConfig } from "../../engine/index.ts";
import { bad, type Finding, well } from "./finding.ts";

export interface ConfigCopy {
  /** Region, or a node that has a copy of its own. */
  readonly place: string;
  readonly file: string;
  readonly exchange: ExchangeConfig;
}

/** What may differ between regions: where things run, not what they mean. */
const sharedParts = ["shard", "timing", "capacity", "limits", "genesis"] as const;

export function examineConfigs(copies: readonly ConfigCopy[]): Finding[] {
  return [...copies.flatMap(examineOne), ...examineCopies(copies)];
}

function examineOne({ place, exchange }: ConfigCopy): Finding[] {
  const { fsync, fsyncIntervalMs, antiFlapMs, failureTimeoutMs } = exchange.timing;
  const findings: Finding[] = [];
  if (fsync === "never") {
    findings.push(
      bad(
        "warn",
        "fsync",
        `${place}: fsync is never: a power cut of one zone loses that engine's log`,
        "timing.fsync interval or batch; after such a cut the engine recovers from the primary (rule 9)",
      ),
    );
  } else {
    const how = fsync === "batch" ? "before each answer" : `every ${fsyncIntervalMs} ms`;
    findings.push(well("fsync", `${place}: logs are fsynced ${how}`));
  }
  if (antiFlapMs < failureTimeoutMs) {
    const text = `${place}: antiFlapMs ${antiFlapMs} is below failureTimeoutMs ${failureTimeoutMs}: nothing stops flapping`;
    findings.push(bad("warn", "anti-flap", text, "raise timing.antiFlapMs; 10000 is the default"));
  }
  return findings;
}

function examineCopies(copies: readonly ConfigCopy[]): Finding[] {
  const [first, ...others] = copies;
  if (first === undefined || others.length === 0) return [];
  const differences = others.flatMap((other) =>
    sharedParts
      .filter(
        (part) => JSON.stringify(first.exchange[part]) !== JSON.stringify(other.exchange[part]),
      )
      .map(
        (part) =>
          `${part} of ${other.place} (${other.file}) differs from ${first.place} (${first.file})`,
      ),
  );
  return differences.length === 0
    ? [well("config", "all configurations mean the same exchange")]
    : differences.map((text) =>
        bad("fail", "config", text, "make them equal: replicas of different state diverge"),
      );
}
