// The files of the repository as the rules see them: path from the root, and text.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Folders that hold no source of ours (.gitignore), and Git's own. */
const ignored = new Set(["node_modules", "coverage", "castle-report"]);

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** All files that end as asked, in a stable order. Hidden folders are left out. */
export function filesEnding(extension: string): SourceFile[] {
  const files: SourceFile[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith(".") || ignored.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.name.endsWith(extension)) {
        files.push({ path: relative(root, path), text: readFileSync(path, "utf8") });
      }
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
