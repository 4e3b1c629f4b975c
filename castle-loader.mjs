// Loads .ts files without their types, and keeps what was stripped: Node 22 strips anew at every
// start, which costs each of an exchange's processes more than all the rest of its start. The launcher
// puts it in front of everything but the tests; without it everything works as well, only later.
// It is JavaScript because it must not need itself. A cached file is used only for the very same
// file: path, inode, size and both times of change; whatever fails here falls back to Node's own way.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cacheDir = join(process.env.NODE_COMPILE_CACHE ?? "", "types");

function stripped(path) {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const identity = [process.version, path, ino, size, mtimeNs, ctimeNs].join("\n");
  const cached = join(cacheDir, createHash("sha256").update(identity).digest("hex"));
  try {
    return readFileSync(cached, "utf8");
  } catch {
    const source = strip(readFileSync(path, "utf8"));
    keep(cached, source);
    return source;
  }
}

/** Strip mode only blanks types out, so that lines and columns stay true. */
function strip(text) {
  const { emitWarning } = process;
  // That stripping is experimental is no news to whoever starts an exchange.
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text, { mode: "strip" });
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Many processes may write the same file at once; each reader finds a whole one or none. */
function keep(cached, source) {
  const staged = `${cached}.${process.pid}`;
  try {
    mkdirSync(cacheDir, { recursive: true });
    writeFileSync(staged, source);
    renameSync(staged, cached);
  } catch {
    // A place that cannot be written to: slower, not wrong.
  }
}

if (process.env.NODE_COMPILE_CACHE) {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
      let source;
      try {
        source = stripped(fileURLToPath(url));
      } catch {
        return nextLoad(url, context);
      }
      return { format: "module", source, shortCircuit: true };
    },
  });
}
