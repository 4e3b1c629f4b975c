// What is on a host beside the programs: the units of systemd and the start that reads secrets. Pure texts. Secrets
// are in the environment of the start alone and in memory (/run); the node itself is given none.

import { databaseAuthoritiesFile } from "../components/exchange-config.ts";

export interface HostFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

const start = `#!/bin/bash
# castle-start NAME: reads this node's secrets, writes its configuration into memory, becomes the node.
set -euo pipefail
while read -r variable arn field; do
  [ -n "$variable" ] || continue
  value=$(aws secretsmanager get-secret-value --secret-id "$arn" --query SecretString --output text)
  if [ "$field" != "-" ]; then
    value=$(FIELD=$field /opt/castle/bin/node --input-type=commonjs -p 'JSON.parse(require("fs").readFileSync(0, "utf8"))[process.env.FIELD]' <<< "$value")
  fi
  export "$variable=$value"
done < /etc/castle/secrets
CASTLE_EXCHANGE_FILE=/etc/castle/exchange.json /opt/castle/bin/node /opt/castle/configure.mjs /run/castle
environment=(PATH=/usr/bin:/bin)
[ ! -e ${databaseAuthoritiesFile} ] || environment+=(NODE_EXTRA_CA_CERTS=${databaseAuthoritiesFile})
exec env -i "\${environment[@]}" /opt/castle/bin/node --enable-source-maps "/opt/castle/$1.mjs" --config /run/castle/exchange.json --node "$(cat /run/castle/node)"
`;

/** @param program engine or gateway: the bundle of this name */
function unit(program: "engine" | "gateway"): string {
  return `[Unit]
Description=Castle ${program}
Wants=network-online.target
After=network-online.target chronyd.service
RequiresMountsFor=/var/lib/castle
# However often it fails: a member that is away is one that the next fault needs.
StartLimitIntervalSec=0

[Service]
User=castle
EnvironmentFile=/etc/castle/host.env
RuntimeDirectory=castle
RuntimeDirectoryMode=0700
# A fresh local disk belongs to root.
ExecStartPre=+/usr/bin/chown castle:castle /var/lib/castle
ExecStart=/opt/castle/bin/castle-start ${program}
Restart=always
RestartSec=1
# A primary hands over when it is told to end, which takes up to four seconds.
KillSignal=SIGTERM
TimeoutStopSec=10
StandardOutput=append:/var/log/castle/castle-${program}.log
StandardError=inherit
Nice=-10
LimitNOFILE=1048576
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadWritePaths=/var/lib/castle /var/log/castle

[Install]
WantedBy=multi-user.target
`;
}

export const hostFiles: readonly HostFile[] = [
  { path: "bin/castle-start", text: start, mode: 0o755 },
  ...(["engine", "gateway"] as const).map((program) => ({
    path: `systemd/castle-${program}.service`,
    text: unit(program),
    mode: 0o644,
  })),
];
