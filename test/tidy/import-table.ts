// The import table of docs/architecture.md, as data, and the rule that holds files to it. Arrows
// point one way: adapters -> replication -> core -> book. What the table does not name is refused.

import { posix } from "node:path";
import ts from "typescript";

interface Layer {
  /** A folder, with all below it that no longer entry names; or one file. */
  readonly path: string;
  /** Folders or files of ours, besides the layer itself. */
  readonly mayImport: readonly string[];
  /** Whether Node's modules and npm's packages may be imported. */
  readonly outside: boolean;
}

const layers: readonly Layer[] = [
  { path: "engine/book", mayImport: [], outside: false },
  { path: "engine/core", mayImport: ["engine/book"], outside: false },
  { path: "engine/codec", mayImport: ["engine/core"], outside: false },
  { path: "engine/replication", mayImport: ["engine/core", "engine/codec"], outside: false },
  { path: "engine/adapters", mayImport: ["engine"], outside: true },
  // `castle replay`: the recorded formats are read in one place, for the replay and for drills.
  { path: "engine/replay", mayImport: ["engine", "flow"], outside: true },
  // Public surface, configuration, wiring.
  { path: "engine", mayImport: ["engine"], outside: true },
  // `castle replay`: recorded flow through the core.
  { path: "engine/replay", mayImport: ["engine", "flow"], outside: true },
  { path: "flow", mayImport: [], outside: true },
  { path: "client", mayImport: [], outside: true },
  { path: "services", mayImport: ["engine/index.ts"], outside: true },
  { path: "failover/decide", mayImport: [], outside: false },
  { path: "failover", mayImport: ["engine/index.ts", "failover/decide"], outside: true },
  // Knows nothing of what it judges but the API's words.
  { path: "chaos/history-check", mayImport: [], outside: false },
  {
    path: "chaos",
    mayImport: ["chaos/history-check", "client/index.ts", "failover/index.ts", "flow"],
    outside: true,
  },
  // The Pulumi program: never the runtime, which it only packs.
  { path: "infra", mayImport: [], outside: true },
  // The command line sees the folders' commands and surfaces; `castle sim` is the simulator.
  {
    path: "castle.ts",
    mayImport: [
      "engine/index.ts",
      "engine/replay",
      "failover/index.ts",
      "failover/cli.ts",
      "failover/operations-cli.ts",
      "chaos/index.ts",
      "chaos/cli.ts",
      "infra/cli.ts",
      "test/cli.ts",
      "test/sim",
    ],
    outside: true,
  },
  { path: "test", mayImport: [""], outside: true },
  { path: "bench", mayImport: [""], outside: true },
];

const isWithin = (file: string, path: string): boolean =>
  path === "" || file === path || file.startsWith(`${path}/`);

/** The layer with the longest path that holds the file. */
function layerOf(file: string): Layer | undefined {
  return layers
    .filter((layer) => isWithin(file, layer.path))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/** Every import of a file: static, of types, re-exported, or dynamic with a literal. */
function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((found) => found.fileName);
}

/** @returns one sentence for every import that the table does not allow. */
export function importFaults(file: string, text: string): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file}: the import table knows no such place`];
  return importsOf(text).flatMap((specifier) => {
    if (!specifier.startsWith(".")) {
      return layer.outside
        ? []
        : [`${file}: ${layer.path} imports nothing from outside: ${specifier}`];
    }
    const target = posix.join(posix.dirname(file), specifier);
    const targetLayer = layerOf(target);
    const allowed = targetLayer === layer || layer.mayImport.some((path) => isWithin(target, path));
    return allowed ? [] : [`${file}: ${layer.path} may not import ${target}`];
  });
}
