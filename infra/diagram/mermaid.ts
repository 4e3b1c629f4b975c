// A topology as a Mermaid flowchart, which GitHub and most viewers of Markdown draw. Pure.

import type { Node, Topology } from "./topology.ts";

/** Which part of the exchange a component belongs to, in the order in which a reader meets them. */
const layers: readonly (readonly [title: string, components: readonly string[]])[] = [
  ["Edge", ["WebDelivery", "EdgeFirewall", "ShieldProtection", "Certificates", "HostedZone"]],
  [
    "Traffic",
    ["Accelerator", "AcceleratorEndpoint", "TrafficRecords", "ZonalShift", "RoutingControls"],
  ],
  [
    "Entry",
    [
      ...["OrderEntry", "PublicApiBalancer", "RestApi", "WebSocketApi", "UserPool"],
      ...["ApiFunction", "ApiLogging", "AccessLogs"],
    ],
  ],
  ["Matching", ["MatchingEngines", "JournalStore", "JournalCopy", "Register"]],
  [
    "Services",
    [
      ...["ServiceCluster", "FargateService", "FargateTask", "ServiceImages", "Collector"],
      ...["KubernetesCluster", "KubernetesPlatform", "KubernetesService"],
    ],
  ],
  [
    "Pipeline",
    [
      ...["OrderQueue", "OrderStream", "OrderTopics", "TopicConnectors"],
      ...["IngestionFunction", "StreamFunction"],
    ],
  ],
  ["Data", ["GlobalDatabase", "Database", "DatabaseProxy", "OrderTables", "TableCache", "Archive"]],
  ["Analytics", ["Analytics", "Warehouse", "SearchDomain"]],
  [
    "Resilience",
    [
      ...["FailureExperiments", "Backups", "BackupVaults", "Observability", "AlarmTopics"],
      ...["AuditTrail", "AccountAudit", "CostGuards"],
    ],
  ],
  ["Ground", ["Network", "RegionLink", "NameLink", "Keys", "Secrets"]],
];

const partsMax = 4;

export function mermaid({ nodes, edges }: Topology): string {
  const lines = ["flowchart LR"];
  const left = new Set(nodes);
  const draw = (title: string, some: readonly Node[]) => {
    if (some.length === 0) return;
    lines.push(`  subgraph ${title}`);
    for (const node of some) {
      lines.push(`    ${node.id}["${labelOf(node)}"]`);
      left.delete(node);
    }
    lines.push("  end");
  };
  for (const [title, components] of layers) {
    draw(
      title,
      nodes.filter(({ type }) => components.includes(type.split(":").at(-1) ?? "")),
    );
  }
  draw("Other", [...left]);
  for (const [from, to] of edges) lines.push(`  ${from} --> ${to}`);
  return `${lines.join("\n")}\n`;
}

function labelOf({ name, holds }: Node): string {
  const shown = holds.slice(0, partsMax).map(({ type, count }) => {
    const short = type.split(":").at(-1) ?? type;
    return count === 1 ? short : `${count} × ${short}`;
  });
  const rest = holds.slice(partsMax).reduce((sum, { count }) => sum + count, 0);
  if (rest > 0) shown.push(`${rest} more`);
  return [`<b>${name}</b>`, ...shown].join("<br/>");
}
