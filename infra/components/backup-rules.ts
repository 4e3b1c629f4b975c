// When backups are made, how long they stay, and what goes to the other region. Pure. Point in time recovery of databases and tables is theirs; these are
// what is left when somebody deletes the database. The journal is not among them: its copies are the engines and the archive.

import { retentionDaysMin } from "./backup-vaults.ts";

export interface BackupRule {
  readonly name: string;
  readonly schedule: string;
  readonly keptDays: number;
  /** In the other region; 0 for no copy. */
  readonly copyKeptDays: number;
}

export const backupRules: readonly BackupRule[] = [
  // Backups are made while the markets are quiet, and not on the hour, when everybody's are.
  { name: "daily", schedule: "cron(17 18 * * ? *)", keptDays: 35, copyKeptDays: 35 },
  { name: "weekly", schedule: "cron(17 20 ? * 1 *)", keptDays: 90, copyKeptDays: 90 },
  // Records of trading are kept for seven years.
  { name: "monthly", schedule: "cron(17 22 1 * ? *)", keptDays: 2557, copyKeptDays: 2557 },
];

/** Rules that a locked vault would refuse. */
export function refusedRules(rules: readonly BackupRule[]): string[] {
  return rules
    .filter(({ keptDays, copyKeptDays }) => Math.min(keptDays, copyKeptDays) < retentionDaysMin)
    .map(({ name }) => name);
}
