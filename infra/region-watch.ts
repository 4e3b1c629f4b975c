// What watches a region and keeps copies of it: alarms and dashboards, audit, backups, budgets.

import { readFileSync } from "node:fs";
import { AccountAudit } from "./components/account-audit.ts";
import { Backups } from "./components/backups.ts";
import { CostGuards } from "./components/cost-guards.ts";
import { Observability } from "./components/observability.ts";
import { of } from "./peer.ts";
import { careOf, type Site } from "./region-site.ts";

const alertRules = new URL("../failover/alerts/castle-alerts.yaml", import.meta.url);

export function watchOf(site: Site): Observability {
  const { config, region, accountId, options } = site;
  const { observability, site: place } = config;
  return new Observability(
    "watch",
    {
      ...careOf(site),
      region,
      accountId,
      email: place.alarmEmail,
      ...(observability.slack === undefined ? {} : { slack: observability.slack }),
      hasPrometheus: observability.hasPrometheus,
      hasGrafana: observability.hasGrafana,
      hasTracing: observability.hasTracing,
      alertRules: readFileSync(alertRules, "utf8"),
    },
    options,
  );
}

/** The other region's vault takes the copies: a backup in a lost region is lost. */
export function keepersOf(site: Site, { alarmTopicArn }: Observability, peerRegion: string): void {
  const { config, region, accountId, options, global } = site;
  const { resilience, observability } = config;
  if (resilience.hasGuardDuty || resilience.hasConfigRecorder) {
    new AccountAudit(
      "audit",
      {
        region,
        accountId,
        hasGuardDuty: resilience.hasGuardDuty,
        hasConfigRecorder: resilience.hasConfigRecorder,
        bucketName: of(global.archiveBuckets, region),
        bucketArn: of(global.archiveBucketArns, region),
        dataKeyArn: site.dataKeyArn,
        alarmTopicArn,
      },
      options,
    );
  }
  if (resilience.hasBackupPlan) {
    new Backups(
      "backups",
      {
        accountId,
        vaultName: of(global.backupVaultNames, region),
        peerVaultArn: of(global.backupVaultArns, peerRegion),
        alarmTopicArn,
      },
      options,
    );
  }
  new CostGuards(
    "costs",
    { stack: config.role, usdPerMonth: observability.budgetUsdPerMonth, topicArn: alarmTopicArn },
    options,
  );
}
