// A fake of ElastiCache: one replication group whose changes take a look each, and which refuses to have its
// primary chosen while it fails over by itself.

import { type Answer, type Sent, xml, xmlError } from "./recording-handler.ts";

export class FakeElastiCache {
  primary = "store-001";
  hasAutomaticFailover = true;
  readonly promotions: string[] = [];
  private isBusy = false;
  private readonly zones: Readonly<Record<string, string>>;

  /** @param zones by cluster id. */
  constructor(zones: Readonly<Record<string, string>>) {
    this.zones = zones;
  }

  readonly answer = (sent: Sent): Answer => {
    const form = new URLSearchParams(sent.body);
    if (form.get("Action") === "ModifyReplicationGroup") return this.modify(form);
    const answer = xml(
      "<R><DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup>" +
        `${this.group()}</ReplicationGroup></ReplicationGroups></DescribeReplicationGroupsResult></R>`,
    );
    this.isBusy = false;
    return answer;
  };

  private modify(form: URLSearchParams): Answer {
    if (this.isBusy) return xmlError("InvalidReplicationGroupState", "is modifying");
    const primary = form.get("PrimaryClusterId");
    if (primary !== null) {
      if (this.hasAutomaticFailover) return xmlError("InvalidParameterValue", "is automatic");
      this.primary = primary;
      this.promotions.push(primary);
    }
    const isAutomatic = form.get("AutomaticFailoverEnabled");
    if (isAutomatic !== null) this.hasAutomaticFailover = isAutomatic === "true";
    this.isBusy = true;
    return xml(
      `<R><ModifyReplicationGroupResult><ReplicationGroup>${this.group()}</ReplicationGroup></ModifyReplicationGroupResult></R>`,
    );
  }

  private group(): string {
    const members = Object.entries(this.zones).map(
      ([id, zone]) =>
        `<NodeGroupMember><CacheClusterId>${id}</CacheClusterId>` +
        `<PreferredAvailabilityZone>${zone}</PreferredAvailabilityZone>` +
        `<CurrentRole>${id === this.primary ? "primary" : "replica"}</CurrentRole></NodeGroupMember>`,
    );
    return (
      `<Status>${this.isBusy ? "modifying" : "available"}</Status>` +
      `<AutomaticFailover>${this.hasAutomaticFailover ? "enabled" : "disabled"}</AutomaticFailover>` +
      `<NodeGroups><NodeGroup><NodeGroupMembers>${members.join("")}</NodeGroupMembers></NodeGroup></NodeGroups>`
    );
  }
}
