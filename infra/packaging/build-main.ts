// `npm run build`: everything that is deployed, below dist/. `npm run build -- --out DIR` elsewhere.

import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildBundle, bundles } from "./bundle.ts";
import { layOutHost, packHost } from "./host-archive.ts";

const { values } = parseArgs({ options: { out: { type: "string", default: "dist" } } });
const out = resolve(values.out);
for (const bundle of bundles) {
  const dir = join(out, bundle.name);
  await buildBundle(bundle, dir);
  tell(bundle.name, sizeOf(dir));
}
const host = join(out, "engine-host.tar.gz");
const hostDir = join(out, "host");
// The gateway too: a host in a Local Zone runs one.
layOutHost([join(out, "engine"), join(out, "gateway")], hostDir);
packHost(hostDir, process.execPath, host);
tell("engine-host.tar.gz, with Node", statSync(host).size);

function sizeOf(dir: string): number {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function tell(what: string, bytes: number): void {
  process.stdout.write(`${(bytes / 1e6).toFixed(1).padStart(6)} MB  ${what}\n`);
}
