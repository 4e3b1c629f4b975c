// Backups and audit, built alone.

import { assert } from "chai";
import { build, statements } from "../data-capture.ts";

const { BackupVaults, retentionDaysMin } = await import(
  "../../../infra/components/backup-vaults.ts"
);
const { Backups, backupTag } = await import("../../../infra/components/backups.ts");
const { backupRules, refusedRules } = await import("../../../infra/components/backup-rules.ts");
const { AuditTrail } = await import("../../../infra/components/audit-trail.ts");
const { AccountAudit } = await import("../../../infra/components/account-audit.ts");
const { OrderTables } = await import("../../../infra/components/order-tables.ts");

const account = "111122223333";
const logs = {
  region: "us-east-1",
  accountId: account,
  logKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-log",
  logRetentionDays: 90,
};
const dataKeyArns = { "us-east-1": "arn:east-key", "us-west-2": "arn:west-key" };

describe("BackupVaults", function () {
  this.timeout(20_000);

  it("has a locked vault in each region, under that region's key", async () => {
    const regions = ["us-east-1", "us-west-2"];
    const built = await build(() => new BackupVaults("vault", { regions, dataKeyArns }));
    assert.deepEqual(
      built.all("aws:backup/vault:Vault").map(({ inputs }) => [inputs.region, inputs.kmsKeyArn]),
      Object.entries(dataKeyArns),
    );
    const locks = built.all("aws:backup/vaultLockConfiguration:VaultLockConfiguration");
    assert.deepEqual(
      locks.map(({ inputs }) => inputs.region),
      regions,
    );
    for (const { inputs } of locks) assert.equal(inputs.minRetentionDays, retentionDaysMin);
  });
});

describe("Backups", function () {
  this.timeout(20_000);
  const peerVaultArn = "arn:aws:backup:us-west-2:111122223333:backup-vault:vault";
  const backups = () =>
    build(
      () =>
        new Backups("backups", {
          accountId: account,
          vaultName: "vault",
          peerVaultArn,
          alarmTopicArn: "arn:pages",
        }),
    );

  it("copies every backup to the other region", async () => {
    const { inputs } = (await backups()).one("aws:backup/plan:Plan");
    const rules = inputs.rules as { copyActions: { destinationVaultArn: string }[] }[];
    assert.lengthOf(rules, backupRules.length);
    for (const { copyActions } of rules) {
      assert.deepEqual(
        copyActions.map((copy) => copy.destinationVaultArn),
        [peerVaultArn],
      );
    }
  });

  it("keeps nothing for less than the lock of the vault demands", () => {
    assert.deepEqual(refusedRules(backupRules), []);
    const [rule] = backupRules;
    assert.isDefined(rule);
    if (rule === undefined) return;
    assert.deepEqual(refusedRules([{ ...rule, copyKeptDays: retentionDaysMin - 1 }]), [rule.name]);
  });

  it("finds by tag what the tables are tagged with", async () => {
    const selection = (await backups()).one("aws:backup/selection:Selection").inputs;
    assert.deepEqual(selection.selectionTags, [{ type: "STRINGEQUALS", ...backupTag }]);
    const tables = await build(
      () =>
        new OrderTables("orders", {
          prodRegion: "us-east-1",
          drRegion: "us-west-2",
          dataKeyArns,
          hasWallet: true,
          marketDataWriteUnits: 10,
          tradeReadUnits: 10,
        }),
    );
    for (const type of ["aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica"]) {
      for (const { inputs } of tables.all(type)) {
        assert.deepEqual(inputs.tags, { [backupTag.key]: backupTag.value });
      }
    }
  });

  it("tells of a backup or a copy that failed", async () => {
    const built = await backups();
    const pattern = String(built.one("aws:cloudwatch/eventRule:EventRule").inputs.eventPattern);
    for (const kind of ["Backup Job", "Copy Job"]) assert.include(pattern, kind);
    assert.include(pattern, "FAILED");
    assert.equal(built.one("aws:cloudwatch/eventTarget:EventTarget").inputs.arn, "arn:pages");
  });
});

describe("AuditTrail", function () {
  this.timeout(20_000);
  const audit = () => build(() => new AuditTrail("audit", logs));

  it("sees all regions, and shows whether it was changed", async () => {
    const { inputs } = (await audit()).one("aws:cloudtrail/trail:Trail");
    assert.isTrue(inputs.isMultiRegionTrail);
    assert.isTrue(inputs.enableLogFileValidation);
    assert.isDefined(inputs.kmsKeyId);
  });

  it("is at home in one region, with everything that it writes to", async () => {
    const { resources } = await audit();
    const placed = resources.filter(({ type }) => /^aws:(s3|kms|cloudtrail|cloudwatch)/.test(type));
    assert.isAbove(placed.length, 8);
    for (const { inputs, name } of placed) assert.equal(inputs.region, logs.region, name);
  });

  it("lets this one trail write, and nobody else", async () => {
    const policies = (await audit()).all("aws:s3/bucketPolicy:BucketPolicy");
    const trailArn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/castle-audit";
    const writing = statements(policies).filter(({ Action }) => Action === "s3:PutObject");
    assert.lengthOf(writing, 1);
    assert.nestedPropertyVal(writing[0], "Condition.StringEquals.aws:SourceArn", trailArn);
  });

  it("keeps what it wrote from being deleted and from being seen", async () => {
    const built = await audit();
    assert.isTrue(built.one("aws:s3/bucket:Bucket").inputs.objectLockEnabled);
    const block = built.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs;
    assert.isTrue(block.restrictPublicBuckets);
  });
});

describe("AccountAudit", function () {
  this.timeout(20_000);
  const auditArgs = {
    region: "us-east-1",
    accountId: account,
    hasGuardDuty: true,
    hasConfigRecorder: true,
    bucketName: "archive",
    bucketArn: "arn:aws:s3:::archive",
    dataKeyArn: "arn:east-key",
    alarmTopicArn: "arn:pages",
  };

  it("brings high findings to the on-call", async () => {
    const built = await build(() => new AccountAudit("account", auditArgs));
    const pattern = String(built.one("aws:cloudwatch/eventRule:EventRule").inputs.eventPattern);
    assert.include(pattern, '"severity":[{"numeric":[">=",7]}]');
    assert.equal(built.one("aws:cloudwatch/eventTarget:EventTarget").inputs.arn, "arn:pages");
  });

  it("turns the recorder on after its channel is there, and leaves both out where nobody asks", async () => {
    const built = await build(() => new AccountAudit("account", auditArgs));
    assert.isTrue(built.one("aws:cfg/recorderStatus:RecorderStatus").inputs.isEnabled);
    const without = await build(
      () => new AccountAudit("account", { ...auditArgs, hasConfigRecorder: false }),
    );
    assert.isEmpty(without.all("aws:cfg/recorder:Recorder"));
    assert.isEmpty(without.all("aws:cfg/deliveryChannel:DeliveryChannel"));
  });
});
