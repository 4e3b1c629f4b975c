// Bundles: each node program of Castle as one file with what it needs beside it, so that a host or an image
// needs Node and nothing from npm. The same sources give the same bytes.

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Programs beside it, by their names: such as it starts itself, or its image does. */
  readonly parts?: Readonly<Record<string, string>>;
  /** Read at run time from beside the program. */
  readonly assets: readonly string[];
  /** Packages with native parts: copied as they are. */
  readonly packages: readonly string[];
}

const functionsOfRedis = ["castle", "image", "journal"].map(
  (name) => `engine/adapters/redis/${name}.lua`,
);

export const bundles: readonly Bundle[] = [
  { name: "engine", entry: "engine/engine-main.ts", assets: functionsOfRedis, packages: [] },
  {
    name: "gateway",
    entry: "engine/gateway-main.ts",
    assets: functionsOfRedis,
    packages: ["uWebSockets.js"],
  },
  { name: "history", entry: "engine/history-main.ts", assets: functionsOfRedis, packages: [] },
  { name: "controller", entry: "failover/controller-main.ts", assets: [], packages: [] },
  {
    name: "chaos-probe",
    entry: "chaos/probe-main.ts",
    parts: {
      "load-main": "chaos/load-main.ts",
      "keep-report": "infra/packaging/keep-report-main.ts",
    },
    assets: [],
    packages: [],
  },
];

/** Packages of CommonJS call `require`, which a module has to be given. */
const banner = [
  'import { createRequire as bundleRequire } from "node:module";',
  "const require = bundleRequire(import.meta.url);",
].join("\n");

/** Makes `dir` anew: `<name>.mjs`, what configures it before its start, its assets, its packages. */
export async function buildBundle(bundle: Bundle, dir: string): Promise<void> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      [bundle.name]: bundle.entry,
      ...bundle.parts,
      configure: "infra/packaging/configure-main.ts",
    },
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    external: [...bundle.packages],
    banner: { js: banner },
    legalComments: "linked",
    logLevel: "error",
  });
  for (const asset of bundle.assets) {
    cpSync(join(root, asset), join(dir, asset.split("/").at(-1) ?? asset));
  }
  for (const name of bundle.packages) {
    const from = dirname(fileURLToPath(import.meta.resolve(name)));
    cpSync(join(from, ".."), join(dir, "node_modules", name), {
      recursive: true,
      dereference: true,
    });
  }
  // A folder of modules, whatever it is copied into.
  writeFileSync(join(dir, "package.json"), `${JSON.stringify({ type: "module" })}\n`);
}
