// Clocks, disks and certificates. Safety rests on no clock, but timestamps of orders and what people read in two
// logs side by side do; a full disk and an expired certificate stop a failover at the worst moment.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type { View } from "../view.ts";
import { bad, type Finding, well } from "./finding.ts";

const timeoutMs = 1_000;
/** Well synchronised clocks of one region are within a millisecond; this is for people and orders. */
const skewMsMax = 250;
const freeShareMin = 0.1;
const freeBytesMin = 1 << 30;
const certificateDaysMin = 21;
const dayMs = 86_400_000;

/** A node's clock against ours, by the Date header: its second, so the answer is known within one. */
export async function examineClock(name: string, url: string): Promise<Finding[]> {
  try {
    const sentMs = Date.now();
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    const receivedMs = Date.now();
    // Whoever else may sit at that address in this network is no node of ours.
    if (!/^(not )?serving/.test(text)) return [];
    const theirsMs = Date.parse(response.headers.get("date") ?? "");
    return Number.isNaN(theirsMs) ? [] : judgeClock(name, { sentMs, receivedMs, theirsMs });
  } catch {
    // That it does not answer is said elsewhere.
    return [];
  }
}

export function judgeClock(
  name: string,
  { sentMs, receivedMs, theirsMs }: { sentMs: number; receivedMs: number; theirsMs: number },
): Finding[] {
  // The header is cut to the second: the true time there lies between it and a second later.
  const aheadMs = theirsMs - receivedMs;
  const behindMs = sentMs - (theirsMs + 1_000);
  const skewMs = Math.max(aheadMs, behindMs);
  return skewMs <= skewMsMax
    ? [well("clocks", `${name}: its clock agrees with this one`)]
    : [
        bad(
          "fail",
          "clocks",
          `${name}: its clock is ${aheadMs > behindMs ? "ahead" : "behind"} by at least ${skewMs} ms`,
          "start its time service (chrony); timestamps of orders come from the primary's clock",
        ),
      ];
}

export async function examineDisk(name: string, directory: string): Promise<Finding[]> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return judgeDisk(name, { freeBytes: bavail * bsize, totalBytes: blocks * bsize });
  } catch {
    // Of a node on another machine: its metrics say it there.
    return [];
  }
}

export function judgeDisk(
  name: string,
  { freeBytes, totalBytes }: { freeBytes: number; totalBytes: number },
): Finding[] {
  const free = `${Math.round(freeBytes / 2 ** 20)} MB`;
  const isShort = freeBytes < freeBytesMin || freeBytes < freeShareMin * totalBytes;
  return isShort
    ? [
        bad(
          "warn",
          "disk",
          `${name}: ${free} are free on its disk`,
          "make room: an engine that cannot write its log ends",
        ),
      ]
    : [well("disk", `${name}: ${free} are free on its disk`)];
}

export function examineCertificate(file: string, nowMs: number): Finding {
  try {
    const { validTo } = new X509Certificate(readFileSync(file));
    return judgeCertificate(file, Date.parse(validTo), nowMs);
  } catch (error) {
    const text = `${file} cannot be read: ${(error as Error).message}`;
    return bad("fail", "certificates", text, "correct the path, or renew it");
  }
}

/** Of the gateways that end TLS themselves: what each of them serves, whatever lies in its file since. */
export function examineServed({ regions }: View, nowMs: number): Finding[] {
  return regions.flatMap(({ name: region, followers }) =>
    followers.flatMap(({ name, status }) =>
      status?.certificateExpiresMs === undefined
        ? []
        : [judgeCertificate(`that of ${region}/${name}`, status.certificateExpiresMs, nowMs)],
    ),
  );
}

function judgeCertificate(what: string, expiresMs: number, nowMs: number): Finding {
  const days = Math.floor((expiresMs - nowMs) / dayMs);
  if (days < 0) {
    const text = `${what} has expired on ${new Date(expiresMs).toISOString()}`;
    return bad("fail", "certificates", text, "renew it");
  }
  return days < certificateDaysMin
    ? bad("warn", "certificates", `${what} expires in ${days} days`, "renew it")
    : well("certificates", `${what} is valid for ${days} days`);
}
