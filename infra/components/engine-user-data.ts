// What an engine's host does at its first start: pure, from facts to a shell script. It takes the engine's
// fixed address, puts the local disks under /var/lib/castle, tunes kernel and clock, unpacks the bundle
// (Node, engine, units) and starts once more, because the kernel's arguments need it. Local disks are
// empty after a stop: the engine then takes its log from the other one (docs/replication.md, rule 9).

import { databaseAuthoritiesFile, dataDirectory } from "./exchange-config.ts";
import type { Statement } from "./trust.ts";

export interface HostFacts {
  readonly region: string;
  /** engine-1, engine-2, gateway-l. */
  readonly node: string;
  readonly unit: "castle-engine" | "castle-gateway";
  readonly vCpus: number;
  readonly isHyperThreadingOff: boolean;
  readonly nvmeCount: number;
  readonly bundle: { readonly bucket: string; readonly key: string; readonly versionId: string };
  readonly exchangeJson: string;
  readonly secrets: readonly {
    readonly variable: string;
    readonly arn: string;
    readonly field: string;
  }[];
  readonly logGroupName: string;
  /** Of a gateway that ends TLS: fetched with its key at every start. */
  readonly certificateArn?: string | undefined;
  /** Of an engine: the interface that holds its fixed address. */
  readonly interfaceId?: string | undefined;
}

/** CPU 0 serves interrupts and the system; the engine has the rest to itself where there are four. */
export function engineCpus(vCpus: number, isHyperThreadingOff: boolean): string {
  const cpus = isHyperThreadingOff ? Math.max(1, vCpus / 2) : vCpus;
  return cpus < 4 ? `0-${cpus - 1}` : `1-${cpus - 1}`;
}

export function renderUserData(facts: HostFacts): string {
  const sections = [
    "#!/bin/bash",
    "set -euo pipefail",
    `export AWS_DEFAULT_REGION=${facts.region}`,
    facts.interfaceId === undefined ? "" : attachInterface(facts.interfaceId),
    mountDisks(facts.nvmeCount),
    clock,
    kernel(engineCpus(facts.vCpus, facts.isHyperThreadingOff)),
    unpack(facts),
    configuration(facts),
    facts.unit === "castle-gateway" ? databaseAuthorities : "",
    watch(facts),
    `systemctl daemon-reload\nsystemctl enable ${facts.unit}.service\nreboot`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** An interface is free again when the instance that had it is gone: ten minutes cover its end. */
const attachInterface = (interfaceId: string): string => `# The engine's fixed address.
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token)
instance=$(curl -sf -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/instance-id)
for attempt in $(seq 1 120); do
  aws ec2 attach-network-interface --network-interface-id ${interfaceId} --instance-id "$instance" --device-index 1 && break
  [ "$attempt" -lt 120 ]
  sleep 5
done`;

function mountDisks(nvmeCount: number): string {
  if (nvmeCount === 0)
    return `# No local disk: the files lie on the root volume.\nmkdir -p ${dataDirectory}`;
  const device =
    nvmeCount === 1
      ? "device=${disks[0]}"
      : `dnf install -y mdadm
mdadm --create /dev/md0 --run --level=0 --raid-devices=${nvmeCount} "\${disks[@]}"
mdadm --detail --scan > /etc/mdadm.conf
device=/dev/md0`;
  return `# Local NVMe disks.
mapfile -t disks < <(lsblk -dpno NAME,MODEL | awk '/Instance Storage/ {print $1}')
[ "\${#disks[@]}" -eq ${nvmeCount} ]
${device}
mkfs.xfs -f "$device"
mkdir -p ${dataDirectory}
echo "UUID=$(blkid -s UUID -o value "$device") ${dataDirectory} xfs noatime,nodiscard,nofail 0 2" >> /etc/fstab
mount ${dataDirectory}`;
}

const clock = `# Amazon's clock, near and by itself.
cat > /etc/chrony.conf <<'END'
server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4
driftfile /var/lib/chrony/drift
makestep 1.0 3
rtcsync
END
systemctl enable chronyd`;

/** Cores without the tick and without deep sleep: a core that wakes up costs what a match does. */
const kernel = (cpus: string): string => `# Kernel.
cat > /etc/sysctl.d/90-castle.conf <<'END'
net.core.busy_poll = 50
net.core.busy_read = 50
net.core.rmem_max = 16777216
net.core.wmem_max = 16777216
net.ipv4.tcp_rmem = 4096 262144 16777216
net.ipv4.tcp_wmem = 4096 262144 16777216
net.ipv4.tcp_slow_start_after_idle = 0
vm.swappiness = 0
vm.dirty_background_bytes = 67108864
kernel.numa_balancing = 0
END
grubby --update-kernel=ALL --args="${cpus.startsWith("0") ? "" : `nohz_full=${cpus} rcu_nocbs=${cpus} irqaffinity=0 `}intel_idle.max_cstate=1 processor.max_cstate=1 transparent_hugepage=madvise"`;

const unpack = ({ bundle }: HostFacts): string => `# Node, engine, units.
useradd --system --home-dir ${dataDirectory} --shell /sbin/nologin castle
aws s3api get-object --bucket ${bundle.bucket} --key ${bundle.key} --version-id ${bundle.versionId} /tmp/castle.tar.gz
mkdir -p /opt/castle
tar -xzf /tmp/castle.tar.gz -C /opt/castle --no-same-owner
rm /tmp/castle.tar.gz
cp /opt/castle/systemd/*.service /etc/systemd/system/
mkdir -p /var/log/castle
chown castle:castle ${dataDirectory} /var/log/castle`;

function configuration(facts: HostFacts): string {
  const cpus = engineCpus(facts.vCpus, facts.isHyperThreadingOff);
  const secrets = facts.secrets.map(({ variable, arn, field }) => `${variable} ${arn} ${field}`);
  const certificate =
    facts.certificateArn === undefined ? "" : `\nCASTLE_CERTIFICATE_ARN=${facts.certificateArn}`;
  return `# Configuration. Secrets are read at every start and stay in memory.
mkdir -p /etc/castle /etc/systemd/system/${facts.unit}.service.d
cat > /etc/castle/host.env <<'END'
AWS_DEFAULT_REGION=${facts.region}
CASTLE_NODE=${facts.node}${certificate}
END
cat > /etc/castle/secrets <<'END'
${secrets.join("\n")}
END
cat > /etc/castle/exchange.json <<'END'
${facts.exchangeJson}
END
cat > /etc/systemd/system/${facts.unit}.service.d/cpus.conf <<'END'
[Service]
CPUAffinity=${cpus}
END`;
}

/** RDS signs by authorities of its own, which no system brings; the start hands them to the node. */
const databaseAuthorities = `# Who signs for the database.
curl -sf -o ${databaseAuthoritiesFile} https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem`;

const watch = ({ logGroupName, node, unit }: HostFacts): string => `# Logs and metrics.
cat > /etc/logrotate.d/castle <<'END'
/var/log/castle/*.log {
  size 256M
  rotate 4
  copytruncate
  missingok
}
END
dnf install -y amazon-cloudwatch-agent
cat > /opt/aws/amazon-cloudwatch-agent/etc/castle.json <<'END'
${JSON.stringify(agentConfig({ logGroupName, node, unit }), null, 1)}
END
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/opt/aws/amazon-cloudwatch-agent/etc/castle.json`;

const metricsNamespace = "Castle/Host";

/** Of the agent: its metrics, and the group of its instance, which it reads off the instance's tags. */
export const agentStatements = (region: string): readonly Statement[] => [
  {
    Effect: "Allow",
    Action: ["cloudwatch:PutMetricData"],
    // Metrics have no ARN; their namespace narrows it.
    Resource: "*",
    Condition: { StringEquals: { "cloudwatch:namespace": metricsNamespace } },
  },
  {
    Effect: "Allow",
    // It knows no resource.
    Action: ["ec2:DescribeTags"],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": region } },
  },
];

function agentConfig({
  logGroupName,
  node,
  unit,
}: Pick<HostFacts, "logGroupName" | "node" | "unit">): object {
  return {
    agent: { metrics_collection_interval: 10 },
    metrics: {
      namespace: metricsNamespace,
      append_dimensions: { AutoScalingGroupName: "$" + "{aws:AutoScalingGroupName}" },
      aggregation_dimensions: [["AutoScalingGroupName"]],
      metrics_collected: {
        cpu: { measurement: ["usage_active", "usage_steal"], totalcpu: true },
        mem: { measurement: ["used_percent"] },
        disk: { measurement: ["used_percent"], resources: [dataDirectory, "/"] },
        ethtool: {
          interface_include: ["*"],
          metrics_include: ["bw_in_allowance_exceeded", "pps_allowance_exceeded"],
        },
      },
    },
    logs: {
      logs_collected: {
        files: {
          collect_list: [
            {
              file_path: `/var/log/castle/${unit}.log`,
              log_group_name: logGroupName,
              log_stream_name: `${node}/{instance_id}`,
            },
          ],
        },
      },
    },
  };
}
