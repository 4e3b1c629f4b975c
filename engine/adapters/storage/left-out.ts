// LeftOut: the log that an engine gave up last, whole, beside the one that took its place: left-out/ is an
// engine's directory to whoever reads journals (castle reconcile). What is in it had been committed here,
// and somebody may have been told.

import { linkSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { checkpointFiles } from "./checkpoint-file.ts";
import { syncFolder } from "./durable-file.ts";
import { prepareFolders } from "./identity.ts";
import { listLogFiles } from "./log-files.ts";

/** The files stay where they are as well. Durable on return; an empty log takes the place of none. */
export function keepAsLeftOut(dir: string): void {
  const logFiles = listLogFiles(join(dir, "log"));
  if (logFiles.length === 0) return;
  const keptDir = join(dir, "left-out");
  rmSync(keptDir, { recursive: true, force: true });
  const logDir = prepareFolders(keptDir);
  for (const { path } of logFiles) linkSync(path, join(logDir, basename(path)));
  for (const path of checkpointFiles(dir)) linkSync(path, join(keptDir, basename(path)));
  for (const folder of [logDir, keptDir, dir]) syncFolder(folder);
}
